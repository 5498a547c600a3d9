"""What an operator does on purpose, a deploy or a restart of the broker, leaves no create whose outcome is unknown."""

import asyncio
import uuid
from collections import Counter
from pathlib import Path
from signal import Signals

import pytest

from tests.support.brokers import a_broker
from tests.support.live_simulator import LiveSimulator
from tests.support.worker_fleet import Fleet, fleet

pytestmark = [pytest.mark.anyio, pytest.mark.soak, pytest.mark.timeout(300)]

JOBS = 16
SLOW = {"op": "create", "fault": {"kind": "slow", "seconds": 7}}
LASTING = {"life": {"run_seconds": 100_000}}


async def load(works: Fleet) -> list[uuid.UUID]:
    """Return jobs whose creates take longer than a soft shutdown waits, once some of them are open."""
    works.upstream.script(SLOW, LASTING)
    jobs = [await works.job(f"topic {number}") for number in range(JOBS)]
    await works.posted(2)
    return jobs


async def each_created_once(works: Fleet, jobs: list[uuid.UUID]) -> None:
    """Check that every job comes to run, by one create that was answered, and that none was ever in doubt."""
    for job in jobs:
        row = await works.in_state(job, "in_progress", within=90)
        assert (row["creates"], row["attempt"]) == (1, 1)
    created = works.upstream.entries("create")
    assert set(Counter(entry["labels"]["longwatch_job"] for entry in created).values()) == {1}
    assert all(entry["accepted"] and entry["answered"] for entry in created)
    assert not await works.rows("SELECT FROM event WHERE type = 'job.attention'")


@pytest.mark.parametrize("signal", [Signals.SIGTERM, Signals.SIGQUIT], ids=["deploy", "soft shutdown"])
async def test_a_worker_that_is_replaced_under_load_leaves_no_create_in_doubt(
    database_url: str, valkey_url: str, upstream: LiveSimulator, tmp_path: Path, *, signal: Signals
) -> None:
    async with fleet(database_url, valkey_url, upstream, log=tmp_path / "worker.log") as works:
        with works.worker(name="old") as old:
            jobs = await load(works)
            with works.worker(name="new"):
                old.send_signal(signal)
                assert await asyncio.to_thread(old.wait, 60) == 0
                await each_created_once(works, jobs)


async def test_a_broker_that_is_restarted_under_load_leaves_no_create_in_doubt(
    database_url: str, upstream: LiveSimulator, tmp_path: Path
) -> None:
    with a_broker(tmp_path) as broker:
        async with fleet(database_url, broker.url, upstream, log=tmp_path / "worker.log") as works:
            with works.worker():
                jobs = await load(works)
                await asyncio.to_thread(broker.stop)
                await asyncio.to_thread(broker.start)
                await each_created_once(works, jobs)
