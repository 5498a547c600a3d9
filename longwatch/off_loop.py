"""Where are the upstream's answers read? Short ones at once, long ones in a thread, beside the loop."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

AT_ONCE_BYTES: Final = 64 * 1024
"""Reading so much JSON takes about half a millisecond. Not for what a caller sends us: judging that can take longer."""

T = TypeVar("T")


async def off_loop(work: Callable[[], T], *, size: int) -> T:
    """Return what *work* makes of *size* bytes; it must be safe in a thread."""
    return work() if size <= AT_ONCE_BYTES else await asyncio.to_thread(work)
