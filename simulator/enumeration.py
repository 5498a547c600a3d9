"""What does a list look like when a question asks for several things?"""

import random
import re

_NUMBERS = {
    word: number
    for number, word in enumerate(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 2)
}
_ASKED = re.compile(rf"\b({'|'.join(_NUMBERS)}|[2-9]|1\d)\s+((?:[\w'\u2019-]+\s?){{1,8}})", re.IGNORECASE)
_STARTS = (
    "Al",
    "Bel",
    "Cor",
    "Dun",
    "El",
    "Far",
    "Gar",
    "Hol",
    "Ister",
    "Kal",
    "Lor",
    "Mar",
    "Nor",
    "Or",
    "Pel",
    "Ros",
)
_ENDS = (
    "ada",
    "bury",
    "con",
    "dale",
    "esk",
    "ford",
    "gate",
    "ham",
    "ina",
    "mont",
    "ora",
    "port",
    "ridge",
    "ton",
    "via",
)
_PLURALS = ("people", "children", "men", "women", "fish", "mice")
_UNITS = (
    "am",
    "pm",
    "percent",
    "years",
    "months",
    "weeks",
    "days",
    "hours",
    "minutes",
    "seconds",
    "words",
    "sentences",
)
_MOST = 10


def enumerated(question: str, rng: random.Random) -> str | None:
    """Return a sentence that lists as many invented names as the question asks for; None if it asks for none."""
    asked = _ASKED.search(question)
    if asked is None or not _names_things(asked.group(2)):
        return None
    count = min(_MOST, _NUMBERS.get(asked.group(1).lower()) or int(asked.group(1)))
    names = _names(count, rng)
    listing = f"{', '.join(names[:-1])}, and {names[-1]}" if count > 2 else " and ".join(names)
    return f"The {asked.group(1).lower()} {asked.group(2).strip()} are {listing}."


def _names_things(words: str) -> bool:
    first, *others = words.lower().split()
    plural = any(word.endswith("s") or word in _PLURALS for word in (first, *others[:3]))
    return plural and first not in _UNITS


def _names(count: int, rng: random.Random) -> list[str]:
    starts = rng.sample(_STARTS, count)
    return [start + rng.choice(_ENDS) for start in starts]
