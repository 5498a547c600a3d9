"""Is every connection put back before a process lets go of its engine?"""

import asyncio

import pytest
from anyio.lowlevel import checkpoint
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.store.engine import disconnect, each_by_itself

pytestmark = pytest.mark.anyio


async def _ask(engine: AsyncEngine) -> None:
    async with each_by_itself(engine) as tx:
        await tx.execute(text("SELECT count(*) FROM job"))


async def test_work_that_is_cancelled_anywhere_leaves_no_connection_behind(engine: AsyncEngine) -> None:
    await _ask(engine)
    pool = engine.pool
    for turns in range(60):
        asking = asyncio.create_task(_ask(engine))
        for _ in range(turns):
            await checkpoint()
        asking.cancel()
        await asyncio.wait([asking])
    await disconnect(engine)
    assert "Current Checked out connections: 0" in pool.status()


async def test_a_connection_that_nobody_puts_back_is_not_waited_for_for_ever(engine: AsyncEngine) -> None:
    async with each_by_itself(engine):
        async with asyncio.timeout(5):
            await disconnect(engine)
