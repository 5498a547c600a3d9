"""Where does work on bytes of any length run? What is short at once; what is long in a thread, beside the loop."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

AT_ONCE_BYTES: Final = 64 * 1024
"""Reading so much takes a millisecond or two; a thread costs a third of one whatever it does."""

T = TypeVar("T")


async def off_loop(work: Callable[[], T], *, size: int) -> T:
    """Return what *work* makes of *size* bytes; it must be safe in a thread, and raises here what it raises there."""
    return work() if size <= AT_ONCE_BYTES else await asyncio.to_thread(work)
