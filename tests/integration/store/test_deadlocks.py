"""Can everything that writes the same jobs do so at once without locking each other out?"""

import asyncio
import random

import pytest

from longwatch.store.engine import Engine
from longwatch.store.recounting import recount
from tests.support.crowd import Writer
from tests.support.store import a_job, read

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

JOBS, WRITERS, ROUNDS = 20, 12, 60
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
GAPS = "SELECT job_id FROM event GROUP BY job_id HAVING count(*) <> max(sequence)"
UNTOLD = """
SELECT id FROM job JOIN event ON job_id = id AND sequence = last_sequence
WHERE status IN ('completed', 'failed', 'cancelled', 'expired') AND finished_at IS NULL
"""
TWICE_ENDED = """
SELECT job_id FROM event WHERE type IN ('job.completed', 'job.failed', 'job.cancelled', 'job.expired')
GROUP BY job_id HAVING count(*) > 1
"""
TWICE_READ = (
    "SELECT job_id, upstream_id FROM interaction WHERE upstream_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1"
)


async def test_a_crowd_of_writers_never_deadlocks_and_leaves_every_story_whole(engine: Engine) -> None:
    jobs = [await a_job(engine, webhook_url="https://receiver.example/hook") for _ in range(JOBS)]
    lane = (await read(engine, "SELECT id FROM lane"))[0]["id"]
    async with asyncio.TaskGroup() as crowd:
        for seed in range(WRITERS):
            crowd.create_task(Writer(engine, lane, jobs, random.Random(seed)).work(ROUNDS))
    for broken in (GAPS, UNTOLD, TWICE_ENDED, TWICE_READ):
        assert await read(engine, broken) == []
    assert (await read(engine, DEADLOCKS))[0]["deadlocks"] == 0
    reached = {row["status"] for row in await read(engine, "SELECT DISTINCT status FROM job")}
    assert len(reached) > 2
    async with engine.begin() as tx:
        assert await recount(tx) == []
