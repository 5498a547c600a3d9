"""Does a worker that hears its queue no more end in order, and does no other one?"""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from longwatch.broker.queues import QUEUES
from longwatch.store import canaries, processes
from tests.support.deafening_proxy import DeafeningProxy
from tests.support.live_simulator import LiveSimulator
from tests.support.store import read
from tests.support.waiting import eventually_async
from tests.support.worker_fleet import Fleet, children_of, fleet

pytestmark = [pytest.mark.anyio, pytest.mark.soak]

DEAF_AFTER = timedelta(seconds=4)
SOON_DEAF = {"LONGWATCH_DEAF_AFTER": "4"}
LATER = 60


@pytest.fixture
async def works(database_url: str, valkey_url: str, upstream: LiveSimulator, tmp_path: Path) -> AsyncIterator[Fleet]:
    """A scheduler that sends a canary each second, a broker and an upstream; each test starts its workers."""
    log = tmp_path / "worker.log"
    async with fleet(database_url, valkey_url, upstream, log=log, deaf_after=DEAF_AFTER) as works:
        yield works


async def hearing(works: Fleet, workers: int) -> None:
    """Wait until so many workers have heard canaries of their own, and every queue of work has carried some."""

    async def heard() -> bool:
        rows = await read(works.engine, "SELECT process_id FROM canary WHERE heard > 2")
        own = sum(row["process_id"] is not None for row in rows)
        return (own, len(rows) - own) == (workers, len(QUEUES))

    await eventually_async(heard, within=LATER)


async def lives(works: Fleet) -> list[bool]:
    async with works.engine.connect() as tx:
        return [process.lives for process in await processes.listed(tx) if process.kind == "worker"]


async def exit_code(worker: subprocess.Popen[bytes], *, within: float = LATER) -> int:
    return await asyncio.to_thread(worker.wait, within)


async def test_a_deaf_worker_ends_in_order_after_its_open_create_and_the_others_go_on(works: Fleet) -> None:
    works.upstream.script({"op": "create", "fault": {"kind": "slow", "seconds": 9}})
    with (
        DeafeningProxy(works.broker_url).running() as proxy,
        works.worker(LONGWATCH_BROKER_URL=proxy.url, **SOON_DEAF) as deaf,
    ):
        await hearing(works, 1)
        job = await works.job("a slow one")
        await works.posted()
        proxy.swallow_consumers()
        with works.worker(**SOON_DEAF) as other:
            assert await exit_code(deaf) == 0
            row = await works.in_state(job, "in_progress")
            assert (row["creates"], row["attention_code"]) == (1, None)
            await hearing(works, 2)
            assert sorted(await lives(works)) == [False, True]
            assert other.poll() is None
        proxy.let_through()
        with works.worker(LONGWATCH_BROKER_URL=proxy.url, **SOON_DEAF):
            await hearing(works, 2)
    assert "this worker is deaf" in works.log.read_text()


async def test_a_worker_whose_connections_all_hang_ends_though_its_main_thread_may_hang_too(works: Fleet) -> None:
    with (
        DeafeningProxy(works.broker_url).running() as proxy,
        works.worker(LONGWATCH_BROKER_URL=proxy.url, **SOON_DEAF) as worker,
    ):
        await hearing(works, 1)
        children = children_of(worker)
        proxy.swallow_open()
        await exit_code(worker, within=120)

        async def gone() -> bool:
            return not any(child.is_running() and child.status() != "zombie" for child in children)

        await eventually_async(gone)


async def test_a_wiped_broker_and_one_that_is_away_make_nobody_deaf(works: Fleet) -> None:
    with works.worker(**SOON_DEAF) as worker, redis.Redis.from_url(works.broker_url) as broker:
        for _ in range(3):
            await hearing(works, 1)
            broker.flushall()

        async def missed() -> bool:
            async with works.engine.connect() as tx:
                return any((await canaries.unheard(tx)).values())

        broker.client_pause(3 * 4000)
        await eventually_async(missed, within=LATER)
        broker.client_unpause()
        await hearing(works, 1)
        assert worker.poll() is None


async def test_a_worker_that_was_stopped_and_goes_on_is_not_deaf(works: Fleet) -> None:
    with works.worker(**SOON_DEAF) as worker:
        await hearing(works, 1)
        before = await read(works.engine, "SELECT sum(heard) AS heard FROM canary WHERE process_id IS NOT NULL")
        parts = [worker.pid, *(child.pid for child in children_of(worker))]
        for pid in parts:
            os.kill(pid, signal.SIGSTOP)

        async def missed_many() -> bool:
            rows = await read(works.engine, "SELECT FROM canary WHERE process_id IS NOT NULL AND sent - heard > 6")
            return bool(rows)

        await eventually_async(missed_many, within=LATER)
        for pid in parts:
            os.kill(pid, signal.SIGCONT)

        async def hears_again() -> bool:
            rows = await read(works.engine, "SELECT sum(heard) AS heard FROM canary WHERE process_id IS NOT NULL")
            return bool(rows[0]["heard"] > before[0]["heard"] + 8)

        await eventually_async(hears_again, within=LATER)
        assert worker.poll() is None
