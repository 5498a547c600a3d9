"""Who comes first when workers are back, and more is due than they can take?"""

import pytest

from longwatch.store import claims, due
from longwatch.store.engine import Engine
from tests.support.store import LEASE, a_job, advance, claim_job, execute, job_row

pytestmark = pytest.mark.anyio


async def test_a_dead_workers_job_is_taken_before_all_that_wait_however_long(engine: Engine) -> None:
    jobs = [await a_job(engine) for _ in range(6)]
    await execute(engine, "UPDATE job SET admitted_at = lw_now(), due_at = lw_now()")
    dead = (await claim_job(engine, jobs[5])).held
    await execute(engine, "UPDATE job SET due_at = due_at - interval '1 h' WHERE claimed_at IS NULL")
    await advance(engine, LEASE)
    lane = (await job_row(engine, jobs[0]))["lane_id"]
    async with engine.begin() as tx:
        first = await claims.claim_jobs(tx, lane=lane, limit=3, lease=LEASE)
        rest = await claims.claim_jobs(tx, lane=lane, limit=10, lease=LEASE)
    assert dead.id in {job.held.id for job in first}
    assert (len(first), len(rest)) == (3, 3)
    assert {job.held.claim for job in first if job.held.id == dead.id} == {dead.claim + 1}


async def test_a_dead_workers_job_that_was_called_back_since_is_not_taken(engine: Engine) -> None:
    """As the operations guide has it done to a restored backup: what was held when it was made may have run since."""
    job = await a_job(engine)
    await execute(engine, "UPDATE job SET admitted_at = lw_now(), due_at = lw_now()")
    lane = (await claim_job(engine, job)).lane_id
    await execute(engine, "UPDATE job SET admitted_at = NULL WHERE status = 'queued' AND admitted_at IS NOT NULL")
    await advance(engine, LEASE)
    async with engine.begin() as tx:
        assert await claims.claim_jobs(tx, lane=lane, limit=10, lease=LEASE) == []
        assert (await due.look(tx, polls=1, creates=1, deliveries=1)).lanes == []


async def test_what_another_worker_holds_is_left_to_it(engine: Engine) -> None:
    job = await a_job(engine)
    await execute(engine, "UPDATE job SET admitted_at = lw_now(), due_at = lw_now()")
    held = await claim_job(engine, job)
    async with engine.begin() as tx:
        assert await claims.claim_jobs(tx, lane=held.lane_id, limit=10, lease=LEASE) == []
