"""Which text matches a regular expression?"""

import random
import re
import string
from collections.abc import Callable

_MOST_REPEATS = 3
_CLASSES = {"d": string.digits, "w": string.ascii_lowercase + string.digits + "_", "s": " "}
_PRINTABLE = string.ascii_letters + string.digits + " !#$%&()*+,-./:;<=>?@[]^_{|}~"
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
Maker = Callable[[random.Random], str]


def matching(pattern: str, rng: random.Random) -> str | None:
    """Return a text that matches *pattern*; None for an expression that this small reader does not follow."""
    try:
        made = _Reader(pattern).alternatives()(rng)
        return made if re.search(python_pattern(pattern), made) else None
    except (re.error, ValueError, IndexError):
        return None


def python_pattern(pattern: str) -> str:
    """Return an ECMAScript expression as Python's, as far as the two differ in schemas."""
    return re.sub(
        r"\\p\{[^}]*\}", r"[^\\W\\d_]", pattern.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!")
    )


class _Reader:
    """Reads an expression from left to right into makers of text."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def alternatives(self) -> Maker:
        options = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._sequence())
        return lambda rng: rng.choice(options)(rng)

    def _sequence(self) -> Maker:
        parts: list[Maker] = []
        while self._peek() not in {"", "|", ")"}:
            parts.append(self._repeated(self._atom()))
        return lambda rng: "".join(part(rng) for part in parts)

    def _peek(self) -> str:
        return self._pattern[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _repeated(self, maker: Maker) -> Maker:
        least, most = self._bounds()
        if self._peek() in {"?", "+"} and (least, most) != (1, 1):
            self._at += 1
        return lambda rng: "".join(maker(rng) for _ in range(rng.randint(least, most)))

    def _bounds(self) -> tuple[int, int]:
        match self._peek():
            case "*":
                bounds = (0, _MOST_REPEATS)
            case "+":
                bounds = (1, _MOST_REPEATS)
            case "?":
                bounds = (0, 1)
            case "{":
                return self._counted()
            case _:
                return (1, 1)
        self._at += 1
        return bounds

    def _counted(self) -> tuple[int, int]:
        found = re.compile(r"\{(\d+)(,?)(\d*)\}").match(self._pattern, self._at)
        if found is None:
            return (1, 1)
        self._at = found.end()
        least = int(found.group(1))
        return least, int(found.group(3)) if found.group(3) else least + (_MOST_REPEATS if found.group(2) else 0)

    def _atom(self) -> Maker:
        letter = self._take()
        match letter:
            case "^" | "$":
                return lambda _: ""
            case ".":
                return lambda rng: rng.choice(string.ascii_lowercase)
            case "(":
                return self._group()
            case "[":
                return self._one_of(self._set())
            case "\\":
                return self._escaped()
            case _:
                return lambda _: letter

    def _group(self) -> Maker:
        marker = re.compile(r"\?(?::|P?<\w+>)").match(self._pattern, self._at)
        if marker:
            self._at = marker.end()
        elif self._peek() == "?":
            raise ValueError("a look-around is not followed")
        inner = self.alternatives()
        if self._take() != ")":
            raise ValueError("a group has no end")
        return inner

    def _escaped(self) -> Maker:
        letter = self._take()
        if letter in "bB":
            return lambda _: ""
        if letter == "p":
            self._at = self._pattern.index("}", self._at) + 1
            return self._one_of(string.ascii_letters)
        return self._one_of(self._escape_set(letter))

    def _escape_set(self, letter: str) -> str:
        if letter in "ux":
            width = 4 if letter == "u" else 2
            self._at += width
            return chr(int(self._pattern[self._at - width : self._at], 16))
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter.lower() in _CLASSES:
            return "".join(one for one in _PRINTABLE if not re.fullmatch(f"\\{letter.lower()}", one))
        return _CONTROLS.get(letter, letter)

    def _set(self) -> str:
        negated = self._peek() == "^"
        self._at += negated
        members = ""
        while self._peek() != "]" or not members:
            letter = self._take()
            one = self._escape_set(self._take()) if letter == "\\" else letter
            if self._peek() == "-" and self._pattern[self._at + 1 : self._at + 2] not in {"]", ""} and len(one) == 1:
                self._at += 1
                last = self._take()
                last = self._escape_set(self._take()) if last == "\\" else last
                one = "".join(map(chr, range(ord(one), min(ord(last), ord(one) + 500) + 1)))
            members += one
        self._at += 1
        return "".join(one for one in _PRINTABLE if one not in members) if negated else members

    @staticmethod
    def _one_of(letters: str) -> Maker:
        return lambda rng: rng.choice(letters)
