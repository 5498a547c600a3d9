"""Does each lane know how much of it is at work, whatever changes that, and is a wrong count noticed?"""

import asyncio
import uuid
from datetime import timedelta

import pytest

from longwatch.domain.shares import Limits
from longwatch.domain.states import Status
from longwatch.store import admission, answers, endings, health, lanes
from longwatch.store.answers import Rejection
from longwatch.store.cancelling import request_cancel
from longwatch.store.endings import Ending
from longwatch.store.engine import Engine
from longwatch.store.recounting import Miscount, recount
from scheduler.recounting import Recounting
from tests.support.store import (
    a_job,
    a_running_interaction,
    accept,
    advance,
    an_intent,
    claim_interaction,
    execute,
    lose,
    read,
)

pytestmark = pytest.mark.anyio

BUSY = Rejection(sent=True, code="rate_limited", message="slow down", http_status=429)


async def running(engine: Engine) -> list[int]:
    """Return what each lane counts; every count must be true."""
    async with engine.begin() as tx:
        assert await recount(tx) == []
    return [row["running"] for row in await read(engine, "SELECT running FROM lane ORDER BY id")]


async def admit(engine: Engine, limits: Limits) -> int:
    async with engine.begin() as tx:
        return await admission.admit(tx, limits)


async def started(engine: Engine) -> dict[str, int]:
    rows = await read(
        engine,
        "SELECT lane.project, count(*) AS number FROM job JOIN lane ON lane.id = lane_id"
        " WHERE admitted_at IS NOT NULL GROUP BY 1",
    )
    return {row["project"]: row["number"] for row in rows}


async def end(engine: Engine, interaction_id: uuid.UUID) -> None:
    row = await claim_interaction(engine, interaction_id)
    async with engine.begin() as tx:
        await endings.end(tx, row.held, row.job_id, Ending(status=Status.COMPLETED, upstream_status="completed"))


async def test_a_job_takes_one_place_from_its_admission_to_the_end_of_its_run(engine: Engine) -> None:
    job_id = await a_job(engine)
    assert await running(engine) == [0]
    assert await admit(engine, Limits(total=5)) == 1
    assert await running(engine) == [1]
    submitted = await an_intent(engine, job_id=job_id)
    assert await running(engine) == [1]
    await accept(engine, submitted.intent)
    assert await running(engine) == [1]
    await end(engine, submitted.interaction_id)
    assert await running(engine) == [0]


async def test_a_refused_create_and_a_cancel_give_the_place_back(engine: Engine) -> None:
    submitted = await an_intent(engine)
    async with engine.begin() as tx:
        await answers.rejected(tx, submitted.intent, BUSY, delay=timedelta(minutes=1))
    assert await running(engine) == [0]
    await advance(engine, timedelta(minutes=2))
    assert await admit(engine, Limits(total=5)) == 1
    assert await running(engine) == [1]
    async with engine.begin() as tx:
        await request_cancel(tx, "default", submitted.job_id)
    assert await running(engine) == [0]


async def test_jobs_that_are_called_back_when_their_lane_is_stopped_give_theirs_back(engine: Engine) -> None:
    for _ in range(3):
        await a_job(engine)
    await admit(engine, Limits(total=5))
    lane = (await read(engine, "SELECT id FROM lane"))[0]["id"]
    async with engine.begin() as tx:
        await lanes.trip(tx, lane, code="quota", detail="none", pause=timedelta(minutes=5))
    assert await running(engine) == [0]


async def test_an_orphan_takes_a_place_of_its_own(engine: Engine) -> None:
    run = await a_running_interaction(engine)
    await accept(engine, run.intent, upstream_id="another")
    assert await running(engine) == [2]


async def test_an_unknown_create_gives_its_place_back_after_seventy_minutes_and_takes_it_again_if_it_lives(
    engine: Engine,
) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    await advance(engine, timedelta(minutes=71))
    await admit(engine, Limits(total=5))
    assert await running(engine) == [0]
    await accept(engine, submitted.intent)
    assert await running(engine) == [1]


async def test_what_is_rolled_back_was_never_counted(engine: Engine) -> None:
    await a_job(engine)
    async with engine.connect() as tx:
        assert await admission.admit(tx, Limits(total=5)) == 1
    assert await running(engine) == [0]


async def test_many_that_end_while_others_are_let_in_are_counted_right(engine: Engine) -> None:
    runs = [await a_running_interaction(engine, upstream_id=f"up-{number}") for number in range(12)]
    for _ in range(12):
        await a_job(engine)
    ends = (end_one(engine, run.interaction_id) for run in runs)
    await asyncio.gather(*ends, *(admit(engine, Limits(total=15)) for _ in range(6)))
    while await admit(engine, Limits(total=15)):
        pass
    assert await running(engine) == [12]


async def end_one(engine: Engine, interaction_id: uuid.UUID) -> None:
    statement = "UPDATE interaction SET running = false, ended_at = lw_now() WHERE id = :id"
    await execute(engine, statement, id=interaction_id)


async def test_a_wrong_count_is_put_right_and_told(engine: Engine) -> None:
    await a_running_interaction(engine)
    await execute(engine, "UPDATE lane SET running = 7")
    lane = (await read(engine, "SELECT id FROM lane"))[0]["id"]
    async with engine.connect() as tx:
        assert await recount(tx) == [Miscount(lane=lane, said=7, true=1)]
    duty = Recounting(engine)
    assert [await duty.run_once(), await duty.run_once()] == [1, 0]
    [row] = await read(engine, "SELECT running, miscounted_at FROM lane")
    assert row["running"] == 1
    assert row["miscounted_at"] is not None
    async with engine.connect() as tx:
        assert (await health.counts(tx)).lanes_miscounted == 1
    await advance(engine, timedelta(hours=2))
    async with engine.connect() as tx:
        assert (await health.counts(tx)).lanes_miscounted == 0


async def test_counting_anew_sees_all_that_changes_meanwhile(engine: Engine) -> None:
    runs = [await a_running_interaction(engine, upstream_id=f"up-{number}") for number in range(20)]

    async def count_anew() -> None:
        async with engine.begin() as tx:
            assert await recount(tx) == []

    await asyncio.gather(*(end_one(engine, run.interaction_id) for run in runs), *(count_anew() for _ in range(10)))
    assert await running(engine) == [0]


async def test_a_tenants_thousand_jobs_do_not_keep_anothers_one_waiting(engine: Engine) -> None:
    for _ in range(30):
        await a_job(engine, priority=9)
    await admit(engine, Limits(total=4))
    await a_job(engine, project="small", priority=0)
    assert await admit(engine, Limits(total=5)) == 1
    assert await started(engine) == {"default": 4, "small": 1}


async def test_limits_hold_by_upstream_key_agent_and_project(engine: Engine) -> None:
    for columns in ({}, {"upstream_key": "second"}, {"project": "other"}, {"agent": "quick"}):
        for _ in range(5):
            await a_job(engine, **columns)
    assert await admit(engine, Limits(total=99, keys={"default": 4}, projects={"default": 5})) == 7
    assert await admit(engine, Limits(total=99, keys={"default": 4}, projects={"default": 5})) == 0
    assert await admit(engine, Limits(total=99, agents={"quick": 1, "*": 9})) > 0
