"""Do processes of the release before the last migration work on its schema, alone and beside those of this one?"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.checkouts import before_the_last_migration
from tests.support.live_simulator import LiveSimulator
from tests.support.receiver import Receiver
from tests.support.worker_fleet import Fleet, fleet

pytestmark = [pytest.mark.anyio, pytest.mark.soak]

JOBS = 8


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Path]:
    """The project as it was before the newest migration."""
    with before_the_last_migration(tmp_path / "old") as tree:
        yield tree


@pytest.fixture
async def works(database_url: str, valkey_url: str, upstream: LiveSimulator, tmp_path: Path) -> AsyncIterator[Fleet]:
    """This release's schema and scheduler, a broker and an upstream."""
    async with fleet(database_url, valkey_url, upstream, log=tmp_path / "processes.log") as works:
        yield works


async def all_complete(works: Fleet, receiver: Receiver, name: str) -> None:
    jobs = [await works.job(f"{name} {number}", webhook_url=receiver.url) for number in range(JOBS)]
    for job in jobs:
        row = await works.in_state(job, "completed")
        assert (row["creates"], row["attention_code"]) == (1, None)


async def test_old_processes_work_on_the_new_schema_alone_and_beside_new_ones(works: Fleet, old: Path) -> None:
    works.upstream.life(run_seconds=1)
    with Receiver() as receiver, works.worker(tree=old) as before, works.scheduler(tree=old) as scheduler:
        await all_complete(works, receiver, "by the old ones")
        with works.worker():
            await all_complete(works, receiver, "by both")
            for process in (before, scheduler):
                process.terminate()
                assert await asyncio.to_thread(process.wait, 60) == 0
            await all_complete(works, receiver, "by the new ones")
            # While a worker lives: a webhook that the old one's end cut off is due again when its lease ends.
            hooks = await asyncio.to_thread(receiver.wait_for, 3 * JOBS, within=60)
    assert {hook.event["type"] for hook in hooks} == {"job.completed"}
    accepted = Counter(entry["labels"]["longwatch_interaction"] for entry in works.upstream.entries("create"))
    assert set(accepted.values()) == {1}
    assert "psycopg.errors" not in works.log.read_text()
