"""Do migrations make today's tables, once, and lose nothing that they may keep?"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa

from longwatch.store import migrate
from longwatch.store.engine import Engine
from longwatch.store.inserting import Follows
from longwatch.store.revision import current
from tests.support.databases import libpq
from tests.support.store import a_job, a_running_interaction, advance, claim_interaction, connected, now, read
from tests.support.waiting import eventually

TABLES = {
    "action",
    "api_key",
    "artifact",
    "canary",
    "delivery",
    "delivery_attempt",
    "event",
    "file",
    "hazard",
    "interaction",
    "job",
    "job_request",
    "lane",
    "pause",
    "process",
    "reparse",
    "result",
    "sighting",
    "stream_event",
}
OURS = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
)


@contextmanager
def session(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        yield connection


def tables(url: str) -> set[str]:
    with session(url) as connection:
        return {name for (name,) in connection.execute(OURS)}


async def revision(url: str) -> str | None:
    async with connected(url) as engine, engine.each_by_itself() as tx:
        return await current(tx)


@pytest.mark.anyio
async def test_the_migrations_and_the_declarations_agree(database_url: str) -> None:
    migrate.check(database_url)
    assert tables(database_url) == TABLES
    assert await revision(database_url) == migrate.head()


@pytest.mark.anyio
async def test_an_empty_database_is_at_no_revision(empty_database_url: str) -> None:
    assert await revision(empty_database_url) is None


@pytest.mark.anyio
async def test_up_down_and_up_again_on_filled_tables(engine: Engine, database_url: str) -> None:
    running = await a_running_interaction(engine, webhook_url="https://receiver.example/hook")
    await claim_interaction(engine, running.interaction_id)
    await engine.dispose()
    migrate.downgrade(database_url, "base")
    assert tables(database_url) == set()
    migrate.upgrade(database_url)
    migrate.check(database_url)
    assert await read(engine, "SELECT * FROM job") == []
    await a_running_interaction(engine)


@pytest.mark.anyio
async def test_a_job_that_waits_is_queued_by_going_back_to_a_release_that_knows_no_waiting(
    engine: Engine, database_url: str
) -> None:
    running = await a_running_interaction(engine)
    follows = Follows(running.interaction_id, running.job_id, ready=False, alive=True)
    waiting = await a_job(engine, follows=follows)
    await engine.dispose()
    migrate.downgrade(database_url, "0001")
    rows = await read(engine, "SELECT id, status FROM job ORDER BY id")
    assert {row["id"]: row["status"] for row in rows} == {running.job_id: "in_progress", waiting: "queued"}
    await engine.dispose()
    migrate.upgrade(database_url)
    migrate.check(database_url)
    assert [row["next_interaction_id"] for row in await read(engine, "SELECT * FROM job")] == [None, None]


@pytest.mark.anyio
async def test_upgrading_what_is_up_to_date_changes_nothing(engine: Engine, database_url: str) -> None:
    running = await a_running_interaction(engine)
    migrate.upgrade(database_url)
    assert [row["id"] for row in await read(engine, "SELECT id FROM job")] == [running.job_id]


def test_many_that_upgrade_at_once_run_each_migration_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(migrate.upgrade, [empty_database_url] * 6))
    assert tables(empty_database_url) == TABLES
    migrate.check(empty_database_url)


def test_an_upgrade_waits_for_the_one_that_runs(empty_database_url: str) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with session(empty_database_url) as first, ThreadPoolExecutor(max_workers=1) as pool:
        first.execute("SELECT pg_advisory_lock(%s)", [migrate.LOCK])
        second = pool.submit(migrate.upgrade, empty_database_url)
        eventually(lambda: first.execute(waiting).fetchone() == (1,))
        assert tables(empty_database_url) == set()
        first.execute("SELECT pg_advisory_unlock(%s)", [migrate.LOCK])
        second.result(timeout=30)
    assert tables(empty_database_url) == TABLES


def test_a_migration_gives_up_rather_than_queue_behind_a_long_lock(database_url: str) -> None:
    with session(database_url) as reader:
        reader.execute("BEGIN; LOCK TABLE job IN ACCESS SHARE MODE")
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            migrate.downgrade(database_url, "base")
        reader.execute("ROLLBACK")
    assert tables(database_url) == TABLES


@pytest.mark.anyio
async def test_the_clock_moves_for_sessions_and_prepared_plans_that_are_open(engine: Engine, database_url: str) -> None:
    with session(database_url) as old:
        old.prepare_threshold = 0
        ask = "SELECT lw_now() - statement_timestamp() < interval '1 h'"
        assert [old.execute(ask).fetchone() for _ in range(7)] == [(True,)] * 7
        await advance(engine, timedelta(hours=2))
        assert old.execute(ask).fetchone() == (False,)
        before = await now(engine)
        await advance(engine, timedelta(days=1))
        assert await now(engine) - before >= timedelta(days=1)
