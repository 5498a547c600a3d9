"""Do past runs tell how long an agent's runs take, newest first, and by index however many there are?"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from longwatch.domain.states import Status
from longwatch.store import durations, endings
from longwatch.store.cancelling import request_cancel
from longwatch.store.durations import AtWork, PastRun
from longwatch.store.endings import Ending
from longwatch.store.engine import Engine
from tests.support.plans import analyze, plans_of
from tests.support.store import (
    AGENT,
    a_job,
    a_running_interaction,
    advance,
    claim_interaction,
    execute,
    job_row,
)

pytestmark = pytest.mark.anyio

SLACK = timedelta(seconds=5)
FILLED = """
WITH shape AS (SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS run FROM generate_series(1, 30000) AS n),
jobs AS (
    INSERT INTO job (id, project, status, lane_id, priority, tags, metadata, request_hash, on_unknown_submit,
        deadline_seconds, queued_deadline_seconds, action_deadline_seconds)
    SELECT id, 'default', 'completed', :lane, 5, '{}', '{}', '', 'hold', 1, 1, 1 FROM shape
)
INSERT INTO interaction (id, job_id, lane_id, attempt, role, running, upstream_status, answered_at, ended_at, due_at)
SELECT run, id, :lane, 1, 'live', n % 10 = 0, CASE WHEN n % 10 = 0 THEN 'in_progress' ELSE 'completed' END,
    lw_now() - n * interval '1 s', CASE WHEN n % 10 <> 0 THEN lw_now() - n * interval '0.5 s' END,
    CASE WHEN n % 10 = 0 THEN lw_now() + interval '1 d' END
FROM shape
"""


async def past(engine: Engine, agent: str = AGENT, *, limit: int = 100) -> Sequence[PastRun]:
    async with engine.begin() as tx:
        return await durations.past_runs(tx, agent, limit=limit)


async def at_work(engine: Engine, agent: str = AGENT) -> Sequence[AtWork]:
    async with engine.begin() as tx:
        return await durations.at_work(tx, agent)


async def a_past_run(engine: Engine, seconds: float, **columns: Any) -> uuid.UUID:
    running = await a_running_interaction(engine, upstream_id=f"up-{uuid.uuid4()}", **columns)
    await advance(engine, timedelta(seconds=seconds))
    await end(engine, running.interaction_id)
    return running.job_id


async def end(engine: Engine, interaction_id: uuid.UUID, status: Status = Status.COMPLETED) -> None:
    row = await claim_interaction(engine, interaction_id)
    async with engine.begin() as tx:
        await endings.end(tx, row.held, row.job_id, Ending(status=status, upstream_status=status.value))


def near(age: timedelta, seconds: float) -> bool:
    return timedelta(seconds=seconds) <= age < timedelta(seconds=seconds) + SLACK


async def test_ends_are_told_newest_first_with_their_age_and_how_long_ago(engine: Engine) -> None:
    for seconds in (100, 300, 200):
        await a_past_run(engine, seconds)
    runs = await past(engine)
    assert all(near(run.age, seconds) for run, seconds in zip(runs, (200, 300, 100), strict=True))
    assert all(near(run.ago, seconds) for run, seconds in zip(runs, (0, 200, 500), strict=True))
    assert all(run.ended for run in runs)
    assert [run.age for run in await past(engine, limit=1)] == [runs[0].age]


async def test_lanes_of_one_agent_are_told_together_and_other_agents_apart(engine: Engine) -> None:
    await a_past_run(engine, 100)
    await a_past_run(engine, 300, project="another", upstream_key="second")
    await a_past_run(engine, 900, agent="another")
    assert [round(run.age.total_seconds(), -2) for run in await past(engine)] == [300, 100]
    assert [round(run.age.total_seconds(), -2) for run in await past(engine, "another")] == [900]
    assert await past(engine, "unheard of") == []


async def test_a_run_that_was_stopped_only_lasted_until_somebody_asked(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    await advance(engine, timedelta(seconds=100))
    async with engine.begin() as tx:
        await request_cancel(tx, "default", running.job_id)
    await advance(engine, timedelta(seconds=400))
    await end(engine, running.interaction_id, Status.CANCELLED)
    [run] = await past(engine)
    assert near(run.age, 100)
    assert not run.ended


async def test_a_run_that_was_kept_when_it_was_over_tells_nothing(engine: Engine) -> None:
    job_id = await a_past_run(engine, 100)
    await execute(engine, "UPDATE interaction SET answered_at = ended_at WHERE job_id = :id", id=job_id)
    assert await past(engine) == []


async def test_what_runs_is_told_by_its_age_until_it_ends(engine: Engine) -> None:
    old = await a_running_interaction(engine, upstream_id="up-1")
    await advance(engine, timedelta(seconds=600))
    for number in range(3):
        await a_running_interaction(engine, upstream_id=f"up-young-{number}")
    await advance(engine, timedelta(seconds=300))
    young, aged = await at_work(engine)
    assert (near(young.age, 300), young.number) == (True, 3)
    assert (near(aged.age, 900), aged.number) == (True, 1)
    await end(engine, old.interaction_id)
    assert [group.number for group in await at_work(engine)] == [3]


async def test_however_many_runs_there_are_they_are_found_by_index(engine: Engine) -> None:
    lane = (await job_row(engine, await a_job(engine)))["lane_id"]
    await execute(engine, FILLED, lane=lane)
    await analyze(engine)
    plan = await plans_of(engine, lambda tx: durations.past_runs(tx, AGENT, limit=1000))
    assert "Index Scan Backward using interaction_ended on " in plan
    assert "Seq Scan on interaction" not in plan
    assert "Seq Scan on interaction" not in await plans_of(engine, lambda tx: durations.at_work(tx, AGENT))
    runs = await past(engine, limit=1000)
    assert len(runs) == 1000
    assert max(run.ago for run in runs) < timedelta(seconds=600)
    assert sum(group.number for group in await at_work(engine)) == 3000
    assert len(await at_work(engine)) < 200
