"""What do hours of reads leave behind that find nothing new? No growth of table or index, and little to replicate."""

from datetime import timedelta
from typing import Any

import pytest

from longwatch.store import claims, polls
from longwatch.store.engine import Engine
from longwatch.store.polls import StillRunning
from longwatch.store.rows import RowMapping
from tests.support.filling import fill
from tests.support.plans import analyze
from tests.support.store import LEASE, a_running_interaction, read
from tests.support.waiting import eventually_async

pytestmark = [pytest.mark.soak, pytest.mark.anyio, pytest.mark.timeout(400)]

RUNS, BATCH = 2_000, 200
HOURS, ROUNDS = 4, 6
WRITES_OF_THE_START = 10
MOST_WAL_A_READ = 1600
SIZES = """
SELECT pg_relation_size('interaction') AS rows, pg_relation_size('interaction_due') AS due,
    pg_relation_size('interaction_pkey') AS ids, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS wal
"""
WRITES = "SELECT n_tup_upd AS updates FROM pg_stat_user_tables WHERE relname = :table"


async def read_all_once(engine: Engine, lane: int) -> int:
    """Claim every run and plan its next read, as a worker does that finds nothing new; return how many there were."""
    seen = 0
    while seen < RUNS:
        async with engine.begin() as tx:
            rows = await claims.claim_interactions(tx, lane=lane, limit=BATCH, lease=LEASE)
            seen += len(rows)
            still = [_still(row.held) for row in rows]
            assert len(await polls.reschedule(tx, still)) == len(rows)
    return seen


def _still(held: Any) -> StillRunning:
    return StillRunning(held=held, delay=timedelta(), upstream_status="in_progress", progress_hash=None)


async def an_hour(engine: Engine, lane: int) -> RowMapping:
    """Read all so many times, tidying up as often as autovacuum would at the least, and return the sizes."""
    for _ in range(ROUNDS):
        await read_all_once(engine, lane)
        await analyze(engine)
    return (await read(engine, SIZES))[0]


async def writes_to(engine: Engine, table: str) -> int:
    [row] = await read(engine, WRITES, table=table)
    return int(row["updates"])


async def test_hours_of_reads_that_find_nothing_new_leave_nothing_behind(engine: Engine) -> None:
    lane = (await a_running_interaction(engine)).intent.lane_id
    await fill(engine, lane, queued=0, running=RUNS - 1, due_now=RUNS)
    hours = [await an_hour(engine, lane) for _ in range(HOURS)]
    for kind in ("rows", "due", "ids"):
        assert hours[-1][kind] <= 1.25 * hours[0][kind]
    reads = (HOURS - 1) * ROUNDS * RUNS
    assert hours[-1]["wal"] - hours[0]["wal"] <= MOST_WAL_A_READ * reads

    async def counted() -> bool:
        return await writes_to(engine, "interaction") >= 2 * HOURS * ROUNDS * RUNS

    await eventually_async(counted)
    assert await writes_to(engine, "job") <= WRITES_OF_THE_START
