"""Lines of a child's output, however long and in whatever encoding."""

import asyncio
from collections.abc import AsyncIterator

_LONGEST_BYTES = 65_536


async def lines_of(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Yield the lines of *stream* until its end; one that is too long comes in pieces."""
    rest = b""
    while chunk := await stream.read(_LONGEST_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield _text(line)
        if len(rest) >= _LONGEST_BYTES:
            yield _text(rest)
            rest = b""
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode(errors="replace")
