"""Where does work on bytes of any length run? What is short at once; what is long in a thread, beside the loop."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

AT_ONCE_BYTES: Final = 64 * 1024
"""Reading so much JSON takes half a millisecond; a thread costs a busy process a third of one, whatever it does."""

T = TypeVar("T")


async def off_loop(work: Callable[[], T], *, size: int, at_once: int = AT_ONCE_BYTES) -> T:
    """Return what *work* makes of *size* bytes, on the loop up to *at_once* of them; it must be safe in a thread."""
    return work() if size <= at_once else await asyncio.to_thread(work)
