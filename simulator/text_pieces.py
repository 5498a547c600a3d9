"""In which pieces does a text arrive?"""

from collections.abc import Iterator

_PIECE = 160


def pieces(text: str, *, size: int = _PIECE) -> Iterator[str]:
    """Yield *text* in pieces of about *size* characters that end after a space where there is one."""
    start = 0
    while start < len(text):
        space = text.rfind(" ", start, start + size)
        end = len(text) if len(text) - start <= size else (space + 1 if space > start else start + size)
        yield text[start:end]
        start = end
