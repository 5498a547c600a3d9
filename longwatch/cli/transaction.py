"""How does a command act on the database? In one transaction of the installation that is meant, running or not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from longwatch.embedded.access import database
from longwatch.settings import Settings
from longwatch.store.engine import Tx, connect

T = TypeVar("T")


def in_transaction(act: Callable[[Tx], Awaitable[T]], settings: Settings, *, command: str) -> T:
    """Return what *act* returns once it is committed; *command* is told to whoever finds the directory taken."""
    with database(settings, command=command) as url:
        return asyncio.run(_done(url, act))


async def _done(url: str, act: Callable[[Tx], Awaitable[T]]) -> T:
    engine = connect(url, pool_size=1)
    try:
        async with engine.begin() as tx:
            return await act(tx)
    finally:
        await engine.dispose()
