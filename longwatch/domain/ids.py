"""How is an id written outward? A prefix and 26 lower-case characters of a UUIDv7: sorted by time, legal as a label."""

import uuid
from datetime import datetime

from uuid_utils.compat import uuid7

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_LENGTH = 26
_SHIFTS = range(5 * (_LENGTH - 2), -1, -10)

JOB = "job"
INTERACTION = "int"
MESSAGE = "msg"


class MalformedIdError(ValueError):
    """The text is not an id of the asked kind."""


def new() -> uuid.UUID:
    """Return a fresh UUIDv7: time in the high bits, so that indexes grow at one end."""
    return uuid7()


def first_at(moment: datetime) -> uuid.UUID:
    """Return the smallest id that `new` may make at *moment*."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def encode(prefix: str, value: uuid.UUID) -> str:
    """Return the outward form of *value*: `job_01h…`."""
    number = value.int
    return f"{prefix}_{''.join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])}"


def looks_like(prefix: str, text: str) -> bool:
    """Return whether *text* is meant as an id of this kind, malformed or not."""
    return text.startswith(f"{prefix}_")


def decode(prefix: str, text: str) -> uuid.UUID:
    """Return the id that `encode` wrote; raise MalformedIdError for anything else."""
    head, _, digits = text.partition("_")
    if head != prefix or len(digits) != _LENGTH or any(digit not in _VALUES for digit in digits):
        raise MalformedIdError(f"{text[:80]!r} is not a {prefix}_ id")
    number = 0
    for digit in digits:
        number = number << 5 | _VALUES[digit]
    if number >> 128:
        raise MalformedIdError(f"{text!r} is not a {prefix}_ id")
    return uuid.UUID(int=number)
