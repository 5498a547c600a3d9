"""May this many run at once, and no more, in the right order, whoever else is admitting?"""

import asyncio
import uuid
from datetime import timedelta

import pytest

from longwatch.domain.attention import AttentionCode
from longwatch.domain.shares import Limits
from longwatch.domain.states import Status
from longwatch.store import admission, answers, claims, creates, lanes, pausing
from longwatch.store.answers import Rejection
from longwatch.store.deleting import delete
from longwatch.store.endings import Ending, abandon
from longwatch.store.engine import Engine
from longwatch.store.lanes import LaneName
from longwatch.store.pausing import Scope
from longwatch.store.resolving import Decision, resolve
from scheduler.admission import Admission
from tests.support.store import (
    LEASE,
    Submitted,
    a_job,
    a_running_interaction,
    accept,
    advance,
    an_intent,
    claim_interaction,
    claim_job,
    event_types,
    execute,
    job_row,
    lose,
    now,
    read,
    status_of,
)

pytestmark = pytest.mark.anyio

FIVE_MINUTES = timedelta(minutes=5)
KEY_INVALID = Rejection(sent=True, code="key_invalid", message="API key not valid", http_status=400)


async def admit(engine: Engine, limit: int) -> int:
    return await Admission(engine, Limits(total=limit)).run_once()


async def admitted(engine: Engine) -> set[uuid.UUID]:
    return {row["id"] for row in await read(engine, "SELECT id FROM job WHERE admitted_at IS NOT NULL")}


async def trip(engine: Engine, submitted: Submitted, *, pause: timedelta = FIVE_MINUTES) -> None:
    async with engine.begin() as tx:
        await answers.lane_refused(tx, submitted.intent, KEY_INVALID, attention=AttentionCode.KEY_REJECTED, pause=pause)


async def test_the_limit_counts_what_runs_and_what_is_about_to(engine: Engine) -> None:
    await a_running_interaction(engine)
    await an_intent(engine)
    for _ in range(6):
        await a_job(engine)
    assert await admit(engine, 5) == 3
    assert await admit(engine, 5) == 0
    assert await admit(engine, 6) == 1
    async with engine.begin() as tx:
        assert await admission.running(tx) == 2


async def test_higher_priority_is_let_in_first_and_within_it_the_oldest(engine: Engine) -> None:
    old, new, urgent, idle = [await a_job(engine, priority=priority) for priority in (5, 5, 9, 0)]
    for expected in (urgent, old, new, idle):
        before = await admitted(engine)
        await admit(engine, len(before) + 1)
        assert await admitted(engine) - before == {expected}


async def test_a_job_is_not_let_in_before_its_time(engine: Engine) -> None:
    job_id = await a_job(engine, run_at=await now(engine) + timedelta(hours=1))
    assert await admit(engine, 5) == 0
    await advance(engine, timedelta(hours=1))
    assert await admit(engine, 5) == 1
    assert await admitted(engine) == {job_id}


async def test_a_refused_key_holds_its_lane_back_and_then_lets_one_job_probe(engine: Engine) -> None:
    await trip(engine, await an_intent(engine))
    for _ in range(4):
        await a_job(engine)
    assert await admit(engine, 10) == 0
    await advance(engine, FIVE_MINUTES)
    assert await admit(engine, 10) == 1
    assert await admit(engine, 10) == 0
    [probe] = await admitted(engine)
    await trip(engine, await an_intent(engine, job_id=probe))
    assert await read(engine, "SELECT count(*) AS alarms FROM event WHERE type = 'job.attention'") == [{"alarms": 1}]
    await advance(engine, timedelta(seconds=61))
    assert await admit(engine, 10) == 0
    await advance(engine, FIVE_MINUTES)
    assert await admit(engine, 10) == 1
    [probe] = await admitted(engine)
    await accept(engine, (await an_intent(engine, job_id=probe)).intent)
    assert await admit(engine, 10) == 4


async def test_a_probe_takes_a_place_like_any_other(engine: Engine) -> None:
    await a_running_interaction(engine, agent="another-agent")
    await trip(engine, await an_intent(engine))
    await advance(engine, FIVE_MINUTES)
    assert await admit(engine, 1) == 0
    assert await admit(engine, 2) == 1


async def test_a_probe_does_not_break_a_persons_pause(engine: Engine) -> None:
    await trip(engine, await an_intent(engine))
    await advance(engine, FIVE_MINUTES)
    async with engine.begin() as tx:
        await pausing.pause(tx, Scope(project="default"))
    assert await admit(engine, 10) == 0


async def test_a_lane_is_made_once_whoever_comes_first(engine: Engine) -> None:
    names = [LaneName("p", "k", agent) for agent in ("a", "b", "c")]

    async def ensure(turn: int) -> None:
        async with engine.begin() as tx:
            await lanes.ensure(tx, [*names, *names][:: (-1) ** turn])

    await asyncio.gather(*(ensure(turn) for turn in range(12)))
    assert [row["agent"] for row in await read(engine, "SELECT agent FROM lane ORDER BY agent")] == ["a", "b", "c"]


async def test_many_schedulers_at_once_never_exceed_the_limit(engine: Engine) -> None:
    for _ in range(30):
        await a_job(engine)
    let_in = sum(await asyncio.gather(*(admit(engine, 7) for _ in range(12))))
    assert let_in + await admit(engine, 7) == 7
    assert len(await admitted(engine)) == 7


async def test_one_that_admits_keeps_others_from_admitting_meanwhile(engine: Engine) -> None:
    await a_job(engine)
    async with engine.begin() as first, engine.begin() as second:
        assert await admission.admit(first, Limits(total=5)) == 1
        assert await admission.admit(second, Limits(total=5)) == 0


async def test_jobs_that_are_just_being_created_are_never_missed_by_the_count(engine: Engine) -> None:
    limit = 4
    for _ in range(40):
        await a_job(engine)
    lane = (await read(engine, "SELECT id FROM lane"))[0]["id"]

    async def create() -> None:
        while True:
            async with engine.begin() as tx:
                jobs = await claims.claim_jobs(tx, lane=lane, limit=1, lease=LEASE)
            if not jobs:
                return
            async with engine.begin() as tx:
                await creates.intend(tx, jobs[0])

    for _ in range(10):
        await asyncio.gather(admit(engine, limit), create(), admit(engine, limit), create(), admit(engine, limit))
        assert len(await admitted(engine)) <= limit


async def test_an_unknown_create_takes_a_place_for_seventy_minutes(engine: Engine) -> None:
    await lose(engine, (await an_intent(engine)).intent)
    await a_job(engine)
    assert await admit(engine, 1) == 0
    await advance(engine, timedelta(minutes=69))
    assert await admit(engine, 1) == 0
    await advance(engine, timedelta(minutes=2))
    assert await admit(engine, 1) == 1


async def test_an_unknown_create_that_was_decided_still_takes_its_place(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    async with engine.begin() as tx:
        await resolve(tx, "default", submitted.job_id, Decision(way="resubmit", by="test"))
    assert await admit(engine, 1) == 0
    assert await admit(engine, 2) == 1


async def test_an_orphan_and_an_abandoned_run_take_their_places_until_they_end(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    await accept(engine, running.intent, upstream_id="up-2")
    row = await claim_interaction(engine, running.interaction_id)
    async with engine.begin() as tx:
        await abandon(tx, row.held, running.job_id, Ending(status=Status.EXPIRED, upstream_status=None))
    await a_job(engine)
    assert await admit(engine, 2) == 0
    await execute(engine, "UPDATE interaction SET running = false WHERE role = 'orphan'")
    assert await admit(engine, 2) == 1


async def test_a_refused_create_gives_its_place_back(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await a_job(engine)
    assert await admit(engine, 1) == 0
    async with engine.begin() as tx:
        await answers.rejected(tx, submitted.intent, KEY_INVALID, delay=timedelta(hours=1))
    assert await admit(engine, 1) == 1


async def test_a_cancelled_and_a_deleted_job_give_their_places_back(engine: Engine) -> None:
    first = await a_job(engine, priority=9)
    second = await a_job(engine)
    assert await admit(engine, 1) == 1
    async with engine.begin() as tx:
        await delete(tx, "default", first)
    assert await admit(engine, 1) == 1
    assert second in await admitted(engine)


async def test_a_job_that_waits_for_a_person_takes_no_place(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    await execute(engine, "UPDATE job SET status = 'requires_action', due_at = lw_now() + interval '7 d'")
    await execute(engine, "UPDATE interaction SET running = false WHERE id = :id", id=running.interaction_id)
    await a_job(engine)
    assert await admit(engine, 1) == 1


async def test_a_job_that_could_not_start_in_time_expires(engine: Engine) -> None:
    late = await a_job(engine, start_deadline_seconds=60, webhook_url="https://receiver.example/hook")
    patient, started = (
        await a_job(engine, start_deadline_seconds=3600),
        await an_intent(engine, start_deadline_seconds=60),
    )
    await advance(engine, timedelta(minutes=2))
    assert await admit(engine, 0) == 1
    job = await job_row(engine, late)
    assert (job["status"], job["error"]["code"], job["due_at"]) == ("expired", "start_deadline", None)
    assert await event_types(engine, late) == ["job.created", "job.expired"]
    assert await status_of(engine, patient) is Status.QUEUED
    assert await status_of(engine, started.job_id) is Status.SUBMITTING


async def test_a_start_deadline_takes_the_job_from_a_worker_that_has_not_meant_it_yet(engine: Engine) -> None:
    job_id = await a_job(engine, start_deadline_seconds=60)
    await admit(engine, 1)
    job = await claim_job(engine, job_id)
    await advance(engine, timedelta(minutes=2))
    assert await admit(engine, 0) == 1
    async with engine.begin() as tx:
        assert await creates.intend(tx, job) is None


async def test_start_deadlines_are_ended_a_batch_at_a_time(engine: Engine) -> None:
    for _ in range(5):
        await a_job(engine, start_deadline_seconds=1)
    await advance(engine, timedelta(minutes=1))
    ended = []
    for _ in range(4):
        async with engine.begin() as tx:
            ended.append(await admission.expire_unstarted(tx, limit=2))
    assert ended == [2, 2, 1, 0]
