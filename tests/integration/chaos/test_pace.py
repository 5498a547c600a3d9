"""Does a run's time pass while the house moves, and stand still, but not for ever, while it does not?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from chaos.database import Database
from chaos.pace import Pace
from longwatch.store.engine import Engine
from tests.support.databases import TestServer, libpq
from tests.support.store import a_job, admit_job, claim_job
from tests.support.waiting import NeverHappenedError, eventually_async

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def kept(pace: Pace) -> AsyncIterator[None]:
    keeping = asyncio.create_task(pace.keep())
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


@pytest.fixture
async def database(database_url: str) -> Database:
    """The kit's database, watched."""
    database = Database(libpq(database_url))
    await database.watch()
    return database


async def passes(pace: Pace) -> bool:
    """Say whether time passes within the next seconds."""
    before = pace.elapsed

    async def later() -> bool:
        return pace.elapsed > before

    try:
        return await eventually_async(later, within=4)
    except NeverHappenedError:
        return False


async def test_time_passes_while_nothing_is_due(database: Database) -> None:
    pace = Pace(database)
    async with kept(pace):
        assert await passes(pace)
        await asyncio.wait_for(pace.reach(pace.elapsed + 0.1), 10)


async def test_time_stands_still_while_due_work_is_left_alone_and_passes_when_it_is_taken(
    database: Database, engine: Engine
) -> None:
    job = await a_job(engine)
    await admit_job(engine, job)
    pace = Pace(database)
    async with kept(pace):
        assert not await passes(pace)
        await claim_job(engine, job)
        assert await passes(pace)


async def test_time_stands_still_while_the_database_is_away_but_not_for_ever(
    pg_server: TestServer, database_url: str, database: Database
) -> None:
    patient, hasty = Pace(database), Pace(database, longest_still=0.5)
    with pg_server.away(database_url):
        async with kept(patient), kept(hasty):
            assert await passes(hasty)
            assert patient.elapsed == 0
