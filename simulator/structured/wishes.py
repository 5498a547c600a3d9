"""What should a value say, as far as the prompt tells?"""

import random
import re
from collections.abc import Callable
from typing import Any, TypeVar

from simulator.structured.extraction import extracted, listed, mentioned, near_number, proper_names
from simulator.words import STOP_WORDS, key_phrases

T = TypeVar("T")
_NEGATIVE = re.compile(
    r"\b(no|not|never|off|without|disable|false|don't|stop|deny|unsafe|scam|spam|fraud)\b", re.IGNORECASE
)
_POSITIVE_NAMES = re.compile(r"(enabled?|on|active|allow|is_safe|safe|valid|available|power)$", re.IGNORECASE)
_OWN_NAME = re.compile(r"name|title|item|label|word|term|ingredient|entity|product|key$", re.IGNORECASE)
_LONG = re.compile(
    r"reason|summary|description|explanation|analysis|comment|rationale|body|content|notes?$", re.IGNORECASE
)


class Wishes:
    """Values taken from the words of a prompt; where it says nothing, its phrases in turn."""

    def __init__(self, prompt: str, *, rng: random.Random, findings: tuple[str, ...] = ()) -> None:
        self._prompt = prompt
        self._rng = rng
        self._findings = findings
        self._phrases = key_phrases(prompt)
        self._place = 0
        self._member: int | None = None
        self._own: str | None = None
        self._names = proper_names(prompt)

    def freer(self, rng: random.Random) -> "Wishes":
        """Return wishes that draw their phrases at random, for members that must differ."""
        other = Wishes(self._prompt, rng=rng)
        other._phrases = (*self._phrases, *(f"{phrase} {rng.randrange(1000)}" for phrase in self._phrases))
        other._place = rng.randrange(1000)
        return other

    def at(self, place: int, own: str | None, make: Callable[[], T]) -> T:
        """Return what *make* makes for the member at *place* of an array, whose *own* name is given if it is known."""
        outer = self._member, self._own
        self._member, self._own = place, own
        try:
            return make()
        finally:
            self._member, self._own = outer

    def phrase(self) -> str:
        """Return the next phrase of the prompt."""
        self._place += 1
        return self._phrases[(self._place - 1) % len(self._phrases)]

    def word(self) -> str:
        """Return a single lower-case word of the prompt."""
        words = re.findall(r"[a-z]+", self.phrase().lower())
        return self._rng.choice(words) if words else "word"

    def text(self, name: str, schema: dict[str, Any]) -> str | None:
        """Return a text for the property *name*."""
        if self._own and _OWN_NAME.search(name):
            return self._own
        found = extracted(name, schema, self._prompt, member=self._member)
        if found is not None or "pattern" in schema or "format" in schema:
            return found
        if _LONG.search(name):
            return " ".join(
                [*self._findings, f"Simulated from the words of the request: {', '.join(self._phrases[:3])}."]
            )
        return self._names.pop(0) if self._names else self.phrase()

    def members(self, name: str, schema: dict[str, Any]) -> list[str]:
        """Return the texts that an array under *name* should hold; none if the prompt lists nothing of the kind."""
        return listed(name, schema, self._prompt)

    def number(self, name: str, schema: dict[str, Any]) -> float | None:
        """Return the number that the prompt gives for *name*."""
        return near_number(name, schema, self._prompt)

    def flag(self, name: str, schema: dict[str, Any]) -> bool:
        """Return whether the prompt speaks for *name*."""
        positive = _POSITIVE_NAMES.search(name) or "whether" in str(schema.get("description", "")).lower()
        return not (positive and _NEGATIVE.search(self._prompt))

    def choice(self, values: list[Any]) -> Any:
        """Return the one of *values* that the prompt names, or else one by seed."""
        named = mentioned(values, self._prompt)
        return values[self._rng.randrange(len(values))] if named is None else named

    def option(self, options: list[Any], name: str) -> int:
        """Return the index of the alternative whose words are nearest to the prompt's; never null if avoidable."""
        scores = [self._nearness(option, name) for option in options]
        return scores.index(max(scores))

    def _nearness(self, option: Any, name: str) -> int:
        if isinstance(option, dict) and option.get("type") == "null":
            return -1
        words = set(re.findall(r"[a-z]{3,}", f"{name} {option}".lower().replace("_", " "))) - STOP_WORDS
        alarmed = 5 if _ALARM.search(self._prompt) else -5
        alarm = alarmed if words & _ALARM_WORDS else 0
        return len(words & set(re.findall(r"[a-z]{3,}", self._prompt.lower()))) + alarm


_ALARM = re.compile(
    r"congratulations|free|click here|claim|prize|winner|won\b|urgent|lottery|scam|phish|bank account", re.IGNORECASE
)
_ALARM_WORDS = {"spam", "phishing", "scam", "fraud", "unsafe", "harmful"}
