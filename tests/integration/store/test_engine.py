"""Where does a transaction begin and end, and is every connection given back?"""

import asyncio
from contextlib import suppress

import psycopg
import pytest

from longwatch.store.engine import Engine, NoConnectionError
from longwatch.store.statements import text
from tests.support.store import connected, read
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

BEGUN = text("SELECT now() = statement_timestamp()")
SLEEP = text("SELECT pg_sleep(30)")
PID = text("SELECT pg_backend_pid()")


async def pid(engine: Engine) -> int:
    async with engine.each_by_itself() as tx:
        found: int = (await tx.execute(PID)).scalar_one()
        return found


async def test_each_statement_is_a_transaction_of_its_own_and_the_next_user_has_whole_ones(engine: Engine) -> None:
    async with engine.each_by_itself() as tx:
        await tx.execute(BEGUN)
        assert (await tx.execute(BEGUN)).scalar_one()
    async with engine.begin() as tx:
        await tx.execute(BEGUN)
        assert not (await tx.execute(BEGUN)).scalar_one()


async def test_a_transaction_is_kept_at_its_end_and_undone_by_an_exception(engine: Engine) -> None:
    key = text("INSERT INTO setting (name, value) VALUES (:name, '1')")
    async with engine.begin() as tx:
        await tx.execute(text("CREATE TABLE setting (name text, value text)"))
        await tx.execute(key, {"name": "kept"})
    with suppress(RuntimeError):
        async with engine.begin() as tx:
            await tx.execute(key, {"name": "undone"})
            raise RuntimeError
    async with engine.connect() as tx:
        await tx.execute(key, {"name": "only looked at"})
    assert [row["name"] for row in await read(engine, "SELECT name FROM setting")] == ["kept"]


@pytest.mark.parametrize("way", ["begin", "connect", "each_by_itself"])
async def test_who_is_cancelled_gives_the_connection_back_and_leaves_nothing_open(
    engine: Engine, database_url: str, way: str
) -> None:
    async def sleeping() -> bool:
        return bool(await read(engine, "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))

    async with connected(database_url, pool_size=1) as small:

        async def wait() -> None:
            async with getattr(small, way)() as tx:
                await tx.execute(SLEEP)

        for _ in range(3):
            waiting = asyncio.create_task(wait())
            await eventually_async(sleeping)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert not await sleeping()
        async with asyncio.timeout(5), small.each_by_itself() as tx:
            assert (await tx.execute(BEGUN)).scalar_one()


async def test_who_is_cancelled_while_all_are_in_use_takes_none(database_url: str) -> None:
    async with connected(database_url, pool_size=1) as engine:
        async with engine.each_by_itself():
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(pid(engine), 0.05)
        async with asyncio.timeout(5):
            assert await pid(engine)


async def test_a_transaction_that_was_left_open_is_no_ones_next(database_url: str) -> None:
    async with connected(database_url, pool_size=1) as engine:
        async with engine.each_by_itself() as tx:
            await tx.execute(text("BEGIN"))
            before = (await tx.execute(PID)).scalar_one()
        assert await pid(engine) != before
        async with engine.each_by_itself() as tx:
            await tx.execute(BEGUN)
            assert (await tx.execute(BEGUN)).scalar_one()


async def test_a_connection_that_breaks_in_use_is_replaced(engine: Engine, database_url: str) -> None:
    async with connected(database_url, pool_size=1) as broken:
        async with broken.each_by_itself() as tx:
            found = (await tx.execute(PID)).scalar_one()
            async with engine.each_by_itself() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": found})
            with pytest.raises(psycopg.OperationalError):
                await tx.execute(BEGUN)
        assert await pid(broken) != found


async def test_what_the_pool_cannot_give_is_an_error_of_the_database(database_url: str) -> None:
    async with connected(database_url, pool_size=1) as engine:
        engine.pool._timeout = 0.05  # noqa: SLF001 - ten seconds as shipped
        async with engine.each_by_itself():
            with pytest.raises(NoConnectionError):
                await pid(engine)


async def test_a_database_that_is_not_there_is_an_error_at_once() -> None:
    async with connected("postgresql://nobody@127.0.0.1:1/none") as nowhere:
        with pytest.raises(psycopg.OperationalError, match="refused"):
            await pid(nowhere)


async def test_rows_are_tuples_with_names_and_two_columns_may_share_one(engine: Engine) -> None:
    async with engine.each_by_itself() as tx:
        found = await tx.execute(text("SELECT 1 AS one, 2 AS same, 3 AS same, '4' AS \"two words\""))
    [row] = found
    assert (row.one, row.same, tuple(row)) == (1, 2, (1, 2, 3, "4"))
    assert found.names == ("one", "same", "same", "two words")


async def test_only_means_just_one(engine: Engine) -> None:
    async with engine.each_by_itself() as tx:
        none, several = [
            await tx.execute(text("SELECT generate_series(1, :many) AS n"), {"many": many}) for many in (0, 2)
        ]
    assert (none.first(), none.scalar_one_or_none(), none.all()) == (None, None, [])
    assert (several.first().n, several.rowcount, several.scalars().all()) == (1, 2, [1, 2])
    for wrong in (none.one, none.scalar_one, several.one, several.scalar_one, several.scalar_one_or_none):
        with pytest.raises(LookupError):
            wrong()
