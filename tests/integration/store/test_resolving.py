"""What becomes of a create whose answer was lost: by policy, by a person, and never in silence?"""

from datetime import timedelta
from typing import Any

import pytest

from longwatch.domain import ids
from longwatch.domain.errors import ConflictError, GoneError, NotFoundError
from longwatch.domain.states import Status
from longwatch.domain.unknown_submit import plan
from longwatch.store import answers
from longwatch.store.claims import DueJob
from longwatch.store.deleting import delete
from longwatch.store.engine import Engine
from longwatch.store.resolving import Decision, conclude, resolve
from tests.support.store import (
    HOLD,
    LEASE,
    Submitted,
    a_job,
    a_running_interaction,
    accept,
    advance,
    an_intent,
    claim_job,
    delivery_rows,
    event_types,
    execute,
    interaction_row,
    job_row,
    lose,
    now,
    read,
    status_of,
)

pytestmark = pytest.mark.anyio

URL = "https://receiver.example/hook"
FAIL, RESUBMIT = Decision(way="fail", by="ops"), Decision(way="resubmit", by="ops")
ATTACH = Decision(way="attach", by="ops", upstream_id="up-found")


async def a_lost_create(engine: Engine, **columns: Any) -> Submitted:
    submitted = await an_intent(engine, **columns)
    await lose(engine, submitted.intent)
    return submitted


async def decide(engine: Engine, submitted: Submitted, decision: Decision, *, project: str = "default") -> Status:
    async with engine.begin() as tx:
        return await resolve(tx, project, submitted.job_id, decision)


async def by_policy(engine: Engine, job: DueJob) -> Status | None:
    """Do what a worker does that has claimed an unknown create."""
    way = plan(job.on_unknown_submit, attempt=job.attempt, hold=HOLD).then
    async with engine.begin() as tx:
        return await conclude(tx, job.held.id, Decision(way=way, by="policy"), claim=job.held.claim)


async def due_in(engine: Engine, submitted: Submitted) -> timedelta:
    wait: timedelta = (await job_row(engine, submitted.job_id))["due_at"] - await now(engine)
    return wait


async def test_a_lost_answer_is_marked_told_once_and_left_submitting(engine: Engine) -> None:
    submitted = await a_lost_create(engine, webhook_url=URL)
    await lose(engine, submitted.intent)
    job, row = await job_row(engine, submitted.job_id), await interaction_row(engine, submitted.interaction_id)
    assert (job["status"], job["attention_code"], job["creates"]) == ("submitting", "submit_unknown", 1)
    assert "read time-out" in job["attention_detail"]
    assert (row["create_outcome"], row["running"], row["upstream_id"]) == ("unknown", True, None)
    assert await event_types(engine, submitted.job_id) == ["job.created", "job.attention"]
    assert len(await delivery_rows(engine, submitted.job_id)) == 1


async def test_a_worker_that_died_after_its_intent_is_found_by_the_next_claim(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await advance(engine, LEASE)
    heir = await claim_job(engine, submitted.job_id)
    assert (heir.status, heir.create_outcome) == (Status.SUBMITTING, None)
    await lose(engine, submitted.intent)
    assert (await job_row(engine, submitted.job_id))["attention_code"] == "submit_unknown"


@pytest.mark.parametrize(
    ("policy", "wait", "then"),
    [
        ("hold", HOLD, Status.FAILED),
        ("resubmit", timedelta(minutes=2), Status.QUEUED),
        ("fail", timedelta(0), Status.FAILED),
    ],
)
async def test_each_policy_waits_its_time_and_then_concludes(
    engine: Engine, policy: str, wait: timedelta, then: Status
) -> None:
    submitted = await a_lost_create(engine, on_unknown_submit=policy)
    assert wait - timedelta(seconds=5) < await due_in(engine, submitted) <= wait
    await advance(engine, wait)
    job = await claim_job(engine, submitted.job_id)
    assert job.create_outcome == "unknown"
    assert await by_policy(engine, job) is then
    assert await status_of(engine, submitted.job_id) is then
    assert "job.resolved" in await event_types(engine, submitted.job_id)


async def test_a_failed_hold_says_why_and_keeps_its_mark(engine: Engine) -> None:
    submitted = await a_lost_create(engine, webhook_url=URL)
    await decide(engine, submitted, FAIL)
    job = await job_row(engine, submitted.job_id)
    assert job["error"]["code"] == "submit_unknown"
    assert (job["attention_code"], job["due_at"]) == ("submit_unknown", None)
    assert job["finished_at"] is not None
    told = [row["type"] for row in await read(engine, "SELECT type FROM event JOIN delivery USING (job_id, sequence)")]
    assert sorted(told) == ["job.attention", "job.failed"]


async def test_a_second_unknown_holds_whatever_the_policy(engine: Engine) -> None:
    submitted = await a_lost_create(engine, on_unknown_submit="resubmit")
    await advance(engine, timedelta(minutes=2))
    await by_policy(engine, await claim_job(engine, submitted.job_id))
    again = await an_intent(engine, job_id=submitted.job_id)
    assert again.interaction_id != submitted.interaction_id
    await lose(engine, again.intent)
    job = await job_row(engine, submitted.job_id)
    assert (job["attempt"], job["creates"], job["attention_code"]) == (2, 2, "submit_unknown")
    assert await due_in(engine, again) > timedelta(hours=23)
    await advance(engine, HOLD)
    assert await by_policy(engine, await claim_job(engine, submitted.job_id)) is Status.FAILED


async def test_a_worker_that_slept_through_the_repeat_does_not_repeat_it_again(engine: Engine) -> None:
    submitted = await a_lost_create(engine, on_unknown_submit="resubmit")
    await advance(engine, timedelta(minutes=2))
    asleep = await claim_job(engine, submitted.job_id)
    await advance(engine, LEASE)
    await by_policy(engine, await claim_job(engine, submitted.job_id))
    again = await an_intent(engine, job_id=submitted.job_id)
    await lose(engine, again.intent)
    assert await by_policy(engine, asleep) is None
    job = await job_row(engine, submitted.job_id)
    assert (job["status"], job["attempt"], job["interaction_id"]) == ("submitting", 2, again.interaction_id)


async def test_an_answer_before_the_policys_time_makes_the_decision_nobodys(engine: Engine) -> None:
    submitted = await a_lost_create(engine, on_unknown_submit="fail")
    job = await claim_job(engine, submitted.job_id)
    await accept(engine, submitted.intent)
    assert await by_policy(engine, job) is None
    assert await status_of(engine, submitted.job_id) is Status.IN_PROGRESS


async def test_a_job_that_does_not_exist_is_not_concluded(engine: Engine) -> None:
    async with engine.begin() as tx:
        assert await conclude(tx, ids.new(), FAIL) is None


async def test_a_person_resubmits_knowing_the_price(engine: Engine) -> None:
    submitted = await a_lost_create(engine)
    assert await decide(engine, submitted, RESUBMIT) is Status.QUEUED
    job = await job_row(engine, submitted.job_id)
    assert (job["attempt"], job["interaction_id"], job["admitted_at"]) == (2, None, None)
    assert job["attention_code"] is None
    assert job["due_at"] <= await now(engine)
    again = await an_intent(engine, job_id=submitted.job_id)
    row = await interaction_row(engine, again.interaction_id)
    assert (row["attempt"], row["role"]) == (2, "live")
    [told] = await read(engine, "SELECT data FROM event WHERE type = 'job.resolved'")
    assert told["data"] == {"status": "submitting", "as": "resubmit", "by": "ops", "attempt": 1}


async def test_a_person_attaches_the_run_that_was_found(engine: Engine) -> None:
    submitted = await a_lost_create(engine)
    assert await decide(engine, submitted, ATTACH) is Status.IN_PROGRESS
    job, row = await job_row(engine, submitted.job_id), await interaction_row(engine, submitted.interaction_id)
    assert (job["status"], job["attention_code"], job["creates"]) == ("in_progress", None, 1)
    assert (row["upstream_id"], row["role"]) == ("up-found", "live")
    assert row["due_at"] <= await now(engine)
    types = await event_types(engine, submitted.job_id)
    assert types == ["job.created", "job.attention", "job.resolved", "job.started"]


async def test_a_run_that_is_read_already_is_not_attached_to_a_second_job(engine: Engine) -> None:
    await a_running_interaction(engine, upstream_id="up-found")
    submitted = await a_lost_create(engine)
    with pytest.raises(ConflictError, match="known already"):
        await decide(engine, submitted, ATTACH)
    assert await event_types(engine, submitted.job_id) == ["job.created", "job.attention"]


@pytest.mark.parametrize("decision", [FAIL, RESUBMIT, ATTACH])
async def test_only_an_unknown_create_can_be_decided(engine: Engine, decision: Decision) -> None:
    running = await a_running_interaction(engine)
    open_post = await an_intent(engine)
    queued = await a_job(engine)
    for job_id in (running.job_id, open_post.job_id, queued):
        async with engine.begin() as tx:
            with pytest.raises(ConflictError, match="nothing to resolve"):
                await resolve(tx, "default", job_id, decision)


@pytest.mark.parametrize("decision", [FAIL, RESUBMIT, ATTACH])
async def test_a_decision_is_made_once(engine: Engine, decision: Decision) -> None:
    submitted = await a_lost_create(engine)
    await decide(engine, submitted, decision)
    for other in (FAIL, RESUBMIT, ATTACH):
        with pytest.raises(ConflictError):
            await decide(engine, submitted, other)


async def test_another_projects_job_is_not_found_and_a_deleted_one_is_gone(engine: Engine) -> None:
    submitted = await a_lost_create(engine)
    with pytest.raises(NotFoundError):
        await decide(engine, submitted, FAIL, project="other")
    async with engine.begin() as tx:
        await delete(tx, "default", submitted.job_id)
    with pytest.raises(GoneError):
        await decide(engine, submitted, FAIL)


async def test_a_cancelled_unknown_create_is_never_resubmitted(engine: Engine) -> None:
    submitted = await an_intent(engine, on_unknown_submit="resubmit")
    await execute(engine, "UPDATE job SET cancel_requested_at = lw_now() WHERE id = :id", id=submitted.job_id)
    async with engine.begin() as tx:
        await answers.unknown(tx, submitted.intent, reason="reset", hold=HOLD)
    job = await job_row(engine, submitted.job_id)
    assert (job["status"], job["attention_code"], job["due_at"]) == ("cancelled", "submit_unknown", None)
    with pytest.raises(ConflictError):
        await decide(engine, submitted, RESUBMIT)
    assert await event_types(engine, submitted.job_id) == ["job.created", "job.cancelled"]
