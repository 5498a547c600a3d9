"""Does a job that waits for room say where it stands and when it may start?"""

from datetime import datetime, timedelta
from functools import partial

import pytest

from benchmarks.policy.simulation import taught
from benchmarks.policy.worlds import lognormal
from longwatch.domain.shares import Limits
from longwatch.store import hazards, pausing, queueing
from longwatch.store.engine import Engine
from longwatch.store.pausing import Scope
from tests.support.api import Api, api_over, job_uuid
from tests.support.plans import analyze, plans_of
from tests.support.store import a_job, admit_job, execute, job_row, now

pytestmark = pytest.mark.anyio

CROWD = """
INSERT INTO job (id, project, status, lane_id, priority, tags, metadata, request_hash, on_unknown_submit,
    deadline_seconds, queued_deadline_seconds, action_deadline_seconds, due_at)
SELECT gen_random_uuid(), 'default', CASE WHEN n % 6 = 0 THEN 'queued' ELSE 'completed' END, :lane, 5, '{}', '{}', '',
    'hold', 1, 1, 1, CASE WHEN n % 6 = 0 THEN lw_now() - (100000 - n) * interval '1 s' END
FROM generate_series(1, 72000) AS n
"""


async def position(api: Api, job: dict[str, str]) -> int | None:
    told: int | None = (await api.read(f"/v1/jobs/{job['id']}"))["queue_position"]
    return told


async def test_positions_follow_priority_then_age_within_the_project(database_url: str, engine: Engine) -> None:
    async with api_over(database_url, max_running=1) as api:
        running = await api.post()
        await admit_job(engine, job_uuid(running))
        old, new, urgent = await api.post(), await api.post(), await api.post(priority=9)
        await a_job(engine, project="another", priority=9)
        assert [await position(api, job) for job in (urgent, old, new)] == [1, 2, 3]
        assert await position(api, running) is None
        assert (await api.read("/v1/jobs"))["items"][0]["queue_position"] is None


async def test_a_job_with_room_or_that_waits_for_something_else_has_no_place(api: Api, engine: Engine) -> None:
    free, later = await api.post(), await api.post(run_at="2099-01-01T00:00:00Z")
    assert await position(api, free) is None
    assert await position(api, later) is None
    async with engine.begin() as tx:
        await pausing.pause(tx, Scope(project="default"))
    assert await position(api, free) is None


async def test_the_start_is_expected_once_the_agents_runs_are_known(database_url: str, engine: Engine) -> None:
    async with api_over(database_url, max_running=2) as api:
        for _ in range(2):
            await admit_job(engine, job_uuid(await api.post()))
        waiting, last = await api.post(), await api.post()
        assert (await api.read(f"/v1/jobs/{waiting['id']}"))["expected_start_at"] is None
        async with engine.begin() as tx:
            await hazards.keep(tx, waiting["agent"], taught(lognormal, past=1000, seed=1), ends=1000)
        starts = [
            datetime.fromisoformat((await api.read(f"/v1/jobs/{job['id']}"))["expected_start_at"]) - await now(engine)
            for job in (waiting, last)
        ]
    assert starts[0] == pytest.approx(timedelta(seconds=430 / 2), abs=timedelta(seconds=30))
    assert starts[1] == pytest.approx(2 * starts[0], abs=timedelta(seconds=5))


async def test_a_long_queue_is_counted_by_index_and_up_to_a_bound(engine: Engine) -> None:
    job_id = await a_job(engine)
    lane = (await job_row(engine, job_id))["lane_id"]
    await execute(engine, CROWD, lane=lane)
    await analyze(engine)
    place = partial(queueing.place, job_id=job_id, limits=Limits(total=1))
    async with engine.begin() as tx:
        found = await place(tx)
    assert found is not None
    assert found.position == queueing.COUNTED_UP_TO + 1
    plan = await plans_of(engine, place)
    assert "Seq Scan on job" not in plan
    assert " on job_to_admit" in plan or " using job_to_admit" in plan, plan
