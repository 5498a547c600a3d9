"""Does an error quote what was asked? Each piece of the request's own words in it is left out."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

SHORTEST: Final = 16
"""How many letters and digits in a row make a quotation; what stands between them does not count."""
LEFT_OUT: Final = "[…]"

_HALF: Final = SHORTEST // 2
_BETWEEN = re.compile(r"[\W_]+")
_ASKED = ("input", "system_instruction", "tools", "environment")
# An error is of no use without these; media are no words.
_NAMES = frozenset(
    {"type", "name", "role", "mime_type", "uri", "url", "id", "call_id", "required", "allowed_tools", "data"}
)
# The API's own words for what went wrong (its errors' `code` and `status`) stay, whatever a prompt is about.
_CODES = frozenset(
    {
        "rate_limit_exceeded",
        "service_unavailable",
        "parameter_unknown",
        "permission_denied",
        "deadline_exceeded",
        "failed_precondition",
        "resource_exhausted",
    }
)


def unquoted(message: str, *asked: Any) -> str:
    """Return *message* with `[…]` for each run of 16 letters and digits or more that a request in *asked* has too.

    Case, spaces and punctuation may differ; a message that is nothing but a code of the API's stays. Takes time in
    proportion to what was asked.
    """
    if message.casefold() in _CODES:
        return message
    letters = [(letter, at) for at, shown in enumerate(message) for letter in shown.casefold() if letter.isalnum()]
    said = "".join(letter for letter, _ in letters)
    quoted = _quoted(said, (_BETWEEN.sub("", words.casefold()) for request in asked for words in _words(request)))
    return _without(message, zip(quoted, (at for _, at in letters), strict=True))


def _words(request: Any) -> Iterator[str]:
    """Yield every text of a request, or of a turn."""
    waiting = [request.get(part) for part in _ASKED] if isinstance(request, dict) else []
    while waiting:
        match waiting.pop():
            case str() as words:
                yield words
            case dict() as found:
                waiting.extend(item for name, item in found.items() if name not in _NAMES)
            case list() as found:
                waiting.extend(found)


def _quoted(said: str, texts: Iterable[str]) -> list[bool]:
    """Return for each letter of *said* whether it is part of a run that one of *texts* has."""
    halves = {said[at : at + _HALF] for at in range(len(said) - _HALF + 1)}
    runs = {run for text in texts for run in _runs(text, halves)}
    quoted = [False] * len(said)
    for at in range(len(said) - SHORTEST + 1):
        if said[at : at + SHORTEST] in runs:
            quoted[at : at + SHORTEST] = [True] * SHORTEST
    return quoted


def _runs(text: str, halves: set[str]) -> Iterator[str]:
    """Yield the runs of *text* that may be quoted: each holds one half that begins at a multiple of its length."""
    found = (at for at in range(0, len(text), _HALF) if text[at : at + _HALF] in halves)
    for part in {text[max(0, at - _HALF + 1) : at + SHORTEST] for at in found}:
        yield from (part[at : at + SHORTEST] for at in range(len(part) - SHORTEST + 1))


def _without(message: str, letters: Iterable[tuple[bool, int]]) -> str:
    """Return *message* without what stands from the first to the last of neighbouring letters that are quoted."""
    pieces, end = [], 0
    for quoted, run in groupby(letters, key=itemgetter(0)):
        if quoted:
            places = [at for _, at in run]
            pieces += [message[end : places[0]], LEFT_OUT]
            end = places[-1] + 1
    return "".join([*pieces, message[end:]])
