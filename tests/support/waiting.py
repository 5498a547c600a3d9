"""Waiting for a condition, with a bound, instead of sleeping."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_TICK_SECONDS = 0.02


class NeverHappenedError(AssertionError):
    """The condition did not come true in time."""


def eventually(condition: Callable[[], T], *, within: float = 10.0) -> T:
    """Return the first truthy answer of *condition*; fail after *within* seconds."""
    tick = threading.Event()
    limit = time.monotonic() + within
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > limit:
            raise NeverHappenedError(f"not within {within} s; the last answer was {answer!r}")
        tick.wait(_TICK_SECONDS)


async def eventually_async(condition: Callable[[], Awaitable[T]], *, within: float = 10.0) -> T:
    """Return the first truthy answer of the coroutine function *condition*; fail after *within* seconds."""
    limit = time.monotonic() + within
    while True:
        if answer := await condition():
            return answer
        if time.monotonic() > limit:
            raise NeverHappenedError(f"not within {within} s; the last answer was {answer!r}")
        await asyncio.sleep(_TICK_SECONDS)
