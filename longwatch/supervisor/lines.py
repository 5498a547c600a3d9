"""Lines of a child's output, however long and in whatever encoding."""

import asyncio
import os
from collections.abc import AsyncIterator

_LONGEST_BYTES = 65_536


async def lines_of(pipe: int) -> AsyncIterator[str]:
    """Yield the lines written to *pipe* until its end and close it; a line that is too long comes in pieces."""
    stream = asyncio.StreamReader(limit=_LONGEST_BYTES)
    file = os.fdopen(pipe, "rb", buffering=0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), file)
    try:
        async for line in _lines(stream):
            yield _text(line)
    finally:
        transport.close()


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    rest = b""
    while chunk := await stream.read(_LONGEST_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
        if len(rest) >= _LONGEST_BYTES:
            yield rest
            rest = b""
    if rest:
        yield rest


def _text(line: bytes) -> str:
    return line.rstrip(b"\r").decode(errors="replace")
