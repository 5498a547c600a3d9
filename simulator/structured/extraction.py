"""Which words of a prompt are the value of a property with a telling name?"""

import datetime as dt
import re
from typing import Any

_CAPITAL = r"[A-Z\u00c0-\u00de]"
_PARTICLE = r"(?:(?:de|da|di|du|la|le|of|van|von|del|el|al) )?"
_WORD = rf"(?:(?:St|Mt|Dr|Mr|Mrs|Ms)\. )?{_CAPITAL}[\w'\u2019-]*"
_NAME = rf"{_WORD}(?: {_PARTICLE}{_WORD})*"
_INNER_NAME = re.compile(rf"(?<![.!?:] )(?<=[ (])({_NAME})")
_NAMES = rf"{_NAME}(?:(?:, (?:and )?| and | & ){_NAME})*"
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_LONG_DATE = re.compile(
    r"\b([A-Z][a-z]{2,8})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})|\b(\d{1,2}) ([A-Z][a-z]{2,8}) (\d{4})"
)
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?:\s*([ap])\.?m\b)?|\b(\d{1,2})\s*([ap])\.?m\b", re.IGNORECASE)
_QUOTED = re.compile(r"['\"\u2018\u201c\u00ab]([^'\"\u2019\u201d\u00bb]{2,})['\"\u2019\u201d\u00bb]")
_URL = re.compile(r"https?://[^\s'\"<>)]+|\bwww\.[^\s'\"<>)]+")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_PLACE_NAMES = r"location|city|place|town|country|region|address|destination|origin|area|state|where|capital|venue"
_PEOPLE_NAMES = (
    r"attendees?|participants?|people|persons?|names?|guests?|members?|recipients?|invitees|who|team|authors?"
)
_WHOLE_NAMES = r"query|question|prompt|text|message|input|content|request|search|sentence|utterance"


def _after(prepositions: str, what: str = _NAME) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{prepositions}) (?:the )?({what})")


_BY_NAME: tuple[tuple[re.Pattern[str], tuple[re.Pattern[str], ...]], ...] = (
    (re.compile(r"origin|departure|from|source|start_loc", re.IGNORECASE), (_after("from"),)),
    (re.compile(r"destination|arrival|^to$|target", re.IGNORECASE), (_after("to|for"),)),
    (
        re.compile(_PLACE_NAMES, re.IGNORECASE),
        (_after("in|at|near|around|to|from|of|for"), re.compile(rf"\b({_NAME})\b")),
    ),
    (
        re.compile(r"topic|subject|title|theme|about|agenda|purpose", re.IGNORECASE),
        (re.compile(r"\b(?:about|on|regarding|titled|called|re:) (?:the )?([^.!?,\n]+)"),),
    ),
    (re.compile(r"currency|symbol|ticker|code", re.IGNORECASE), (re.compile(r"\b([A-Z]{2,5})\b"),)),
    (
        re.compile(r"name|person|user|customer|recipient|contact|winner|winning_team", re.IGNORECASE),
        (_after("named|called|name is|for|to|with|by|am"), re.compile(rf"(?<![.!?] )(?<!^)\b({_NAME})\b")),
    ),
)


def extracted(name: str, schema: dict[str, Any], prompt: str, *, member: int | None = None) -> str | None:
    """Return the text in *prompt* that is meant by the property *name*; None if none is found."""
    described = f"{name} {schema.get('description', '')} {schema.get('format', '')}".lower()
    if re.search(r"date|\bday\b|deadline|birthday", name.lower()) or schema.get("format") == "date":
        return _date(prompt)
    if re.search(r"(?<![a-z])time(?!zone)|hour", name.lower()) and "format" not in schema:
        return _clock(prompt)
    if "email" in described and (found := _EMAIL.search(prompt)):
        return found.group()
    if re.search(r"ur[il]|link|website", described) and (found := _URL.search(prompt)):
        return found.group().rstrip(".,;")
    if re.search(_WHOLE_NAMES, name.lower()):
        quoted = _QUOTED.search(prompt)
        return quoted.group(1) if quoted else prompt.strip() or None
    return _by_name(name, prompt, member=member)


def _by_name(name: str, prompt: str, *, member: int | None) -> str | None:
    for names, patterns in _BY_NAME:
        found = [pattern.findall(prompt) for pattern in patterns] if names.search(name) else []
        matches = next((match for match in found if match), [])
        if len(matches) > 1 and name.lower().startswith(("to", "target", "dest")):
            return str(matches[-1]).strip(" .")
        if matches:
            return str(matches[(member or 0) % len(matches)]).strip(" .")
    return None


def proper_names(prompt: str) -> list[str]:
    """Return the names in *prompt* that do not begin a sentence, in order."""
    return [name.strip(" .") for name in _INNER_NAME.findall(prompt)]


def listed(name: str, schema: dict[str, Any], prompt: str) -> list[str]:
    """Return the names or quoted texts in *prompt* that an array under *name* is meant to hold."""
    if re.search(_PEOPLE_NAMES, name, re.IGNORECASE):
        return _split(re.search(rf"\b(?:with|for|to|invite|between|by|and|of) ({_NAMES})", prompt))
    if re.search(_PLACE_NAMES + r"|cities|countries", name, re.IGNORECASE):
        return _split(re.search(rf"\b(?:in|for|of|to|between|visit|and) ({_NAMES})", prompt))
    quoted = _QUOTED.findall(prompt)
    if len(quoted) > 1:
        return quoted
    numbers = isinstance(schema.get("items"), dict) and schema["items"].get("type") in {"integer", "number"}
    found = (
        None if numbers else re.search(r"[:\s]((?:[\w-]+, )+(?:and )?[\w-]+(?: and [\w-]+)?|[\w-]+ and [\w-]+)", prompt)
    )
    return _split(found)


def names_after(name: str, prompt: str) -> list[str]:
    """Return several places or people that *prompt* names for one property, as in "in Paris and London"."""
    if not re.search(f"{_PLACE_NAMES}|{_PEOPLE_NAMES}|currency|symbol|ticker", name, re.IGNORECASE):
        return []
    return _split(re.search(rf"\b(?:in|at|for|of|near|with) (?:the )?({_NAMES})", prompt))


def near_number(name: str, schema: dict[str, Any], prompt: str) -> float | None:
    """Return the number in *prompt* that stands nearest to the words of *name*; None without any."""
    text = _ISO_DATE.sub(" ", prompt)
    numbers = [(match.start(), match.group()) for match in re.finditer(r"-?\d[\d,]*(?:\.\d+)?", text)]
    if not numbers:
        return None
    stems = re.findall(r"[a-z]{4}", f"{name.lower()} {str(schema.get('description', '')).lower()}")
    places = [found.start() for stem in stems for found in re.finditer(re.escape(stem), text.lower())] or [0]
    nearest = min(numbers, key=lambda number: min(abs(number[0] - place) for place in places))
    return float(nearest[1].replace(",", ""))


def mentioned(values: list[Any], prompt: str) -> Any:
    """Return the first of *values* whose words the prompt uses; None if it uses none."""
    said = prompt.lower()
    whole = [
        value for value in values if isinstance(value, str) and re.search(rf"\b{re.escape(value.lower())}\b", said)
    ]
    if whole:
        return min(whole, key=lambda value: said.index(value.lower()))
    parts = [
        value
        for value in values
        if isinstance(value, str) and any(word in said for word in re.findall(r"[a-z]{4,}", value.lower()))
    ]
    return parts[0] if parts else None


def _split(found: re.Match[str] | None) -> list[str]:
    return re.split(r", (?:and )?| and | & ", found.group(1).strip(" .")) if found else []


def _date(prompt: str) -> str | None:
    if found := _ISO_DATE.search(prompt):
        return found.group()
    for match in _LONG_DATE.finditer(prompt):
        month, day, year = (match.group(1), match.group(2), match.group(3)) if match.group(1) else match.group(5, 4, 6)
        if month[:3].lower() in _MONTHS and int(day) <= 28:
            return dt.date(int(year), _MONTHS.index(month[:3].lower()) + 1, int(day)).isoformat()
    return None


def _clock(prompt: str) -> str | None:
    found = _CLOCK.search(prompt)
    if found is None:
        return None
    hour, minute = int(found.group(1) or found.group(4)), int(found.group(2) or 0)
    half = (found.group(3) or found.group(5) or "").lower()
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    return f"{hour:02}:{minute:02}"
