"""How are other people's words shown? Without control characters, and each thought on one line."""

import re
from collections.abc import Sequence

# An escape sequence in a report must not reach the reader's terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_HEADING = re.compile(r"\*\*(.+?)\*\*\s*")
_NAMES = {
    "postgres": "PostgreSQL",
    "valkey": "Valkey",
    "api": "API",
    "follow": "follower",
    "flower": "Flower",
    "migrate": "schema",
}


def clean(text: str) -> str:
    """Return *text* without characters that steer a terminal."""
    return _CONTROL.sub("", text)


def one_line(thought: str) -> str:
    """Return a thought summary, its bold heading before a colon, on one line."""
    return " ".join(_HEADING.sub(r"\1: ", clean(thought), count=1).split())


def named(parts: Sequence[str]) -> str:
    """Return the parts' names for people, as a list."""
    names = [_NAMES.get(part, part) for part in parts]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def duration(seconds: float) -> str:
    """Return *seconds* as `9.1 s`, or as `12:34` from two minutes on."""
    return f"{seconds:.1f} s" if seconds < 120 else f"{int(seconds) // 60}:{int(seconds) % 60:02}"
