"""How does the kit wait? For a condition, with a bound."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from longwatch.domain.clock import Clock

T = TypeVar("T")

_TICK_SECONDS = 0.1


async def until(condition: Callable[[], Awaitable[T]], *, within: float) -> T | None:
    """Return the first truthy answer of *condition*; None if there was none within so many seconds."""
    clock = Clock()
    limit = clock.monotonic() + within
    while not (answer := await condition()):
        if clock.monotonic() > limit:
            return None
        await asyncio.sleep(_TICK_SECONDS)
    return answer
