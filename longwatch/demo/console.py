"""What can the caller's output show? A console that never fails on a character, with colours only where they work."""

import codecs
import io
import sys

from rich.console import Console

_STAND_INS = {"…": "...", "—": "-", "–": "-", "·": "-", "✓": "*", "‘": "'", "’": "'", "“": '"', "”": '"'}  # noqa: RUF001
_HANDLER = "longwatch.demo"
WIDEST = 100


def open_console() -> Console:
    """Return a console on standard output, whatever its encoding."""
    codecs.register_error(_HANDLER, _stand_in)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_HANDLER)
    return Console(highlight=False, markup=False, emoji=False, force_terminal=sys.stdout.isatty())


def is_live(console: Console) -> bool:
    """Whether lines can be written over."""
    return console.is_terminal and not console.is_dumb_terminal


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unencodable = error.object[error.start : error.end]
    return "".join(_STAND_INS.get(character, "?") for character in unencodable), error.end
