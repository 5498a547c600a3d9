"""Is the answer to a create written by whoever holds it, however late, and does it never make a second result?"""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from longwatch.domain.attention import AttentionCode
from longwatch.domain.states import Status
from longwatch.store import answers, creates
from longwatch.store.answers import Rejection
from longwatch.store.cancelling import request_cancel
from longwatch.store.creates import Intent
from longwatch.store.door import Changed
from longwatch.store.engine import Engine
from longwatch.store.resolving import Decision, resolve
from tests.support.store import (
    LEASE,
    PROMPT,
    a_job,
    a_running_interaction,
    accept,
    admit_job,
    advance,
    an_intent,
    claim_job,
    delivery_rows,
    event_types,
    interaction_row,
    interaction_rows,
    job_row,
    lose,
    now,
    read,
    status_of,
)

pytestmark = pytest.mark.anyio

REFUSED = Rejection(sent=True, code="rate_limited", message="slow down", http_status=429)
NOT_SENT = Rejection(sent=False, code="connect", message="connection refused")
SOON = timedelta(seconds=5)


async def reject(
    engine: Engine, intent: Intent, why: Rejection = REFUSED, *, delay: timedelta | None = SOON
) -> Changed | None:
    async with engine.begin() as tx:
        return await answers.rejected(tx, intent, why, delay=delay)


async def cancel(engine: Engine, intent: Intent) -> Status:
    async with engine.begin() as tx:
        return await request_cancel(tx, "default", intent.job_id)


async def decide(engine: Engine, intent: Intent, decision: Decision) -> Status:
    async with engine.begin() as tx:
        return await resolve(tx, "default", intent.job_id, decision)


RESUBMIT = Decision(way="resubmit", by="test")


async def roles(engine: Engine, intent: Intent) -> list[tuple[str, str | None]]:
    return [(row["role"], row["upstream_id"]) for row in await interaction_rows(engine, intent.job_id)]


async def test_an_intent_is_committed_before_its_post_and_shows_in_the_job(engine: Engine) -> None:
    submitted = await an_intent(engine)
    job, row = await job_row(engine, submitted.job_id), await interaction_row(engine, submitted.interaction_id)
    assert (job["status"], job["interaction_id"], job["creates"]) == ("submitting", submitted.interaction_id, 0)
    assert (row["role"], row["attempt"], row["upstream_id"], row["due_at"]) == ("live", 1, None, None)
    assert row["running"]


async def test_a_cancelled_job_is_not_meant_however_fresh_its_claim(engine: Engine) -> None:
    job_id = await a_job(engine)
    await admit_job(engine, job_id)
    job = await claim_job(engine, job_id)
    async with engine.begin() as tx:
        await request_cancel(tx, "default", job_id)
    async with engine.begin() as tx:
        assert await creates.intend(tx, job) is None
    assert await interaction_rows(engine, job_id) == []


async def test_the_request_is_read_as_given_until_it_is_erased(engine: Engine) -> None:
    job_id = await a_job(engine, secrets=b"sealed")
    async with engine.begin() as tx:
        stored = await creates.read_request(tx, job_id)
    assert stored is not None
    assert PROMPT.encode() in stored.body
    assert stored.secrets == b"sealed"
    async with engine.begin() as tx:
        assert await creates.read_request(tx, (await an_intent(engine)).interaction_id) is None


async def test_an_id_starts_the_job_its_clock_and_its_first_poll(engine: Engine) -> None:
    submitted = await an_intent(engine, webhook_url="https://r.example/h", webhook_events=["job.started"])
    async with engine.begin() as tx:
        changed = await answers.accepted(
            tx, submitted.intent, upstream_id="up-1", upstream_status="in_progress", delay=SOON
        )
    assert changed is not None
    job, row = await job_row(engine, submitted.job_id), await interaction_row(engine, submitted.interaction_id)
    assert (job["status"], job["creates"], job["due_at"], job["claimed_at"]) == ("in_progress", 1, None, None)
    assert job["started_at"] is not None
    assert (row["upstream_id"], row["create_outcome"]) == ("up-1", "accepted")
    assert row["deadline_at"] - row["answered_at"] == timedelta(seconds=5400)
    assert timedelta(seconds=4) < row["due_at"] - await now(engine) <= SOON
    assert await event_types(engine, submitted.job_id) == ["job.created", "job.started"]
    assert len(await delivery_rows(engine, submitted.job_id)) == 1


async def test_while_the_upstream_says_queued_the_longer_deadline_runs(engine: Engine) -> None:
    running = await a_running_interaction(engine, upstream_status="queued", queued_deadline_seconds=7200)
    row = await interaction_row(engine, running.interaction_id)
    assert row["deadline_at"] - row["answered_at"] == timedelta(seconds=7200)


async def test_a_first_poll_is_not_planned_beyond_the_deadline(engine: Engine) -> None:
    submitted = await an_intent(engine, deadline_seconds=2)
    async with engine.begin() as tx:
        await answers.accepted(tx, submitted.intent, upstream_id="up-1", upstream_status=None, delay=SOON)
    row = await interaction_row(engine, submitted.interaction_id)
    assert row["due_at"] == row["deadline_at"]


async def test_the_same_id_twice_is_the_same_as_once(engine: Engine) -> None:
    submitted = await an_intent(engine)
    for _ in range(3):
        await accept(engine, submitted.intent)
    assert await roles(engine, submitted.intent) == [("live", "up-1")]
    assert (await job_row(engine, submitted.job_id))["creates"] == 1
    assert await event_types(engine, submitted.job_id) == ["job.created", "job.started"]


async def test_an_answer_is_taken_from_a_worker_that_lost_its_lease(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await advance(engine, LEASE)
    await claim_job(engine, submitted.job_id)
    await accept(engine, submitted.intent)
    assert await status_of(engine, submitted.job_id) is Status.IN_PROGRESS


async def test_a_late_id_resolves_an_unknown_create_and_takes_the_mark_off(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    assert (await job_row(engine, submitted.job_id))["attention_code"] == "submit_unknown"
    await accept(engine, submitted.intent)
    job = await job_row(engine, submitted.job_id)
    assert (job["status"], job["attention_code"], job["creates"], job["due_at"]) == ("in_progress", None, 1, None)
    assert await roles(engine, submitted.intent) == [("live", "up-1")]


async def test_a_late_id_after_a_cancel_is_an_orphan_cancelled_upstream(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    assert await cancel(engine, submitted.intent) is Status.CANCELLED
    await accept(engine, submitted.intent)
    row, job = await interaction_row(engine, submitted.interaction_id), await job_row(engine, submitted.job_id)
    assert (row["role"], row["upstream_id"], row["running"]) == ("orphan", "up-1", True)
    assert row["cancel_requested_at"] is not None
    assert row["due_at"] <= await now(engine)
    assert (job["status"], job["creates"]) == ("cancelled", 1)


async def test_a_late_id_after_a_person_gave_up_is_an_orphan(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    await decide(engine, submitted.intent, Decision(way="fail", by="test"))
    await accept(engine, submitted.intent)
    assert await roles(engine, submitted.intent) == [("orphan", "up-1")]
    assert await status_of(engine, submitted.job_id) is Status.FAILED


async def test_a_late_id_is_taken_while_the_repeat_is_not_yet_meant(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    await decide(engine, submitted.intent, RESUBMIT)
    await admit_job(engine, submitted.job_id)
    about_to = await claim_job(engine, submitted.job_id)
    await accept(engine, submitted.intent)
    async with engine.begin() as tx:
        assert await creates.intend(tx, about_to) is None
    job = await job_row(engine, submitted.job_id)
    assert (job["status"], job["interaction_id"], job["creates"]) == ("in_progress", submitted.interaction_id, 1)
    assert await roles(engine, submitted.intent) == [("live", "up-1")]


async def test_a_late_id_after_the_repeat_was_meant_is_an_orphan_and_never_a_second_result(
    engine: Engine,
) -> None:
    first = await an_intent(engine)
    await lose(engine, first.intent)
    await decide(engine, first.intent, RESUBMIT)
    second = await an_intent(engine, job_id=first.job_id)
    await accept(engine, second.intent, upstream_id="up-2")
    await accept(engine, first.intent, upstream_id="up-1")
    assert await roles(engine, first.intent) == [("orphan", "up-1"), ("live", "up-2")]
    job = await job_row(engine, first.job_id)
    assert (job["status"], job["interaction_id"]) == ("in_progress", second.interaction_id)
    assert (job["creates"], job["attempt"]) == (2, 2)


async def test_a_late_id_while_the_repeat_is_open_is_an_orphan_too(engine: Engine) -> None:
    first = await an_intent(engine)
    await lose(engine, first.intent)
    await decide(engine, first.intent, RESUBMIT)
    second = await an_intent(engine, job_id=first.job_id)
    await accept(engine, first.intent, upstream_id="up-1")
    assert await status_of(engine, first.job_id) is Status.SUBMITTING
    await accept(engine, second.intent, upstream_id="up-2")
    assert await roles(engine, first.intent) == [("orphan", "up-1"), ("live", "up-2")]


async def test_another_id_than_the_known_one_becomes_an_orphan_of_its_own_once(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    await decide(engine, submitted.intent, Decision(way="attach", by="test", upstream_id="up-found"))
    for _ in range(3):
        await accept(engine, submitted.intent, upstream_id="up-late")
    assert await roles(engine, submitted.intent) == [("live", "up-found"), ("orphan", "up-late")]
    orphan = (await interaction_rows(engine, submitted.job_id))[1]
    assert orphan["running"]
    assert orphan["cancel_requested_at"] is not None
    assert orphan["due_at"] <= await now(engine)
    assert (await job_row(engine, submitted.job_id))["interaction_id"] == submitted.interaction_id


async def test_a_refusal_goes_back_to_the_queue_and_the_same_row_is_meant_again(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await reject(engine, submitted.intent)
    job, row = await job_row(engine, submitted.job_id), await interaction_row(engine, submitted.interaction_id)
    assert (job["status"], job["creates"], job["refusals"], job["attempt"]) == ("queued", 1, 1, 1)
    assert (job["admitted_at"], job["claimed_at"]) == (None, None)
    assert job["queue_detail"] == "rate_limited: slow down"
    assert timedelta(seconds=4) < job["due_at"] - await now(engine) <= SOON
    assert (row["create_outcome"], row["running"]) == ("refused", False)
    again = await an_intent(engine, job_id=submitted.job_id)
    assert again.interaction_id == submitted.interaction_id
    fresh = await interaction_row(engine, again.interaction_id)
    assert (fresh["create_outcome"], fresh["running"]) == (None, True)
    assert fresh["intent_at"] > row["intent_at"]


async def test_what_was_not_sent_is_not_counted(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await reject(engine, submitted.intent, NOT_SENT)
    job = await job_row(engine, submitted.job_id)
    assert (job["status"], job["creates"], job["refusals"]) == ("queued", 0, 1)
    assert (await interaction_row(engine, submitted.interaction_id))["create_outcome"] == "not_sent"


async def test_a_refusal_for_good_fails_the_job_with_the_upstreams_words(engine: Engine) -> None:
    submitted = await an_intent(engine)
    why = Rejection(sent=True, code="invalid_argument", message="no\x00 such agent", http_status=400)
    changed = await reject(engine, submitted.intent, why, delay=None)
    assert changed is not None
    job = await job_row(engine, submitted.job_id)
    assert job["status"] == "failed"
    assert job["error"] == {"code": "invalid_argument", "message": "no� such agent", "http_status": 400}
    assert job["finished_at"] is not None
    assert await event_types(engine, submitted.job_id) == ["job.created", "job.failed"]


@pytest.mark.parametrize("delay", [SOON, None])
async def test_a_cancel_that_waited_for_the_answer_wins_over_a_refusal(engine: Engine, delay: timedelta | None) -> None:
    submitted = await an_intent(engine)
    assert await cancel(engine, submitted.intent) is Status.SUBMITTING
    await reject(engine, submitted.intent, delay=delay)
    assert await status_of(engine, submitted.job_id) is Status.CANCELLED


@pytest.mark.parametrize(("why", "creates"), [(REFUSED, 1), (NOT_SENT, 0)])
async def test_a_late_refusal_resolves_an_unknown_create_and_corrects_the_count(
    engine: Engine, why: Rejection, creates: int
) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    assert (await job_row(engine, submitted.job_id))["creates"] == 1
    await reject(engine, submitted.intent, why)
    job = await job_row(engine, submitted.job_id)
    assert (job["status"], job["attention_code"], job["creates"]) == ("queued", None, creates)


@pytest.mark.parametrize(("why", "creates"), [(REFUSED, 1), (NOT_SENT, 0)])
async def test_a_late_refusal_after_a_cancel_corrects_the_count_and_takes_the_mark_off(
    engine: Engine, why: Rejection, creates: int
) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    await cancel(engine, submitted.intent)
    assert (await job_row(engine, submitted.job_id))["attention_code"] == "submit_unknown"
    await reject(engine, submitted.intent, why)
    job = await job_row(engine, submitted.job_id)
    assert (job["status"], job["attention_code"], job["creates"]) == ("cancelled", None, creates)
    assert not (await interaction_row(engine, submitted.interaction_id))["running"]


async def test_a_late_refusal_does_not_touch_the_repeat(engine: Engine) -> None:
    first = await an_intent(engine)
    await lose(engine, first.intent)
    await decide(engine, first.intent, RESUBMIT)
    second = await an_intent(engine, job_id=first.job_id)
    await reject(engine, first.intent)
    job = await job_row(engine, first.job_id)
    assert (job["status"], job["interaction_id"]) == ("submitting", second.interaction_id)
    assert (await interaction_row(engine, second.interaction_id))["create_outcome"] is None


async def test_a_refusal_written_twice_does_not_close_the_post_after_it(engine: Engine) -> None:
    first = await an_intent(engine)
    await reject(engine, first.intent)
    second = await an_intent(engine, job_id=first.job_id)
    assert second.interaction_id == first.interaction_id
    assert await reject(engine, first.intent) is None
    assert await status_of(engine, first.job_id) is Status.SUBMITTING
    assert (await interaction_row(engine, second.interaction_id))["create_outcome"] is None
    await accept(engine, second.intent)
    assert (await job_row(engine, first.job_id))["creates"] == 2


async def test_a_refusal_after_an_id_changes_nothing(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    before = await job_row(engine, running.job_id)
    assert await reject(engine, running.intent) is None
    assert await job_row(engine, running.job_id) == before


async def test_a_lost_answer_after_an_id_changes_nothing(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    before = await job_row(engine, running.job_id)
    await lose(engine, running.intent)
    assert await job_row(engine, running.job_id) == before


async def test_a_rejected_key_pauses_its_lane_and_raises_one_alarm_for_many_jobs(engine: Engine) -> None:
    why = Rejection(sent=True, code="key_invalid", message="API key not valid", http_status=400)
    jobs = [await an_intent(engine) for _ in range(5)]

    async def refuse(intent: Intent) -> None:
        async with engine.begin() as tx:
            await answers.lane_refused(
                tx, intent, why, attention=AttentionCode.KEY_REJECTED, pause=timedelta(minutes=5)
            )

    await asyncio.gather(*(refuse(submitted.intent) for submitted in jobs))
    rows = [await job_row(engine, submitted.job_id) for submitted in jobs]
    assert {row["status"] for row in rows} == {"queued"}
    assert {row["attention_code"] for row in rows} == {"key_rejected"}
    assert await read(engine, "SELECT count(*) AS alarms FROM event WHERE type = 'job.attention'") == [{"alarms": 1}]
    [lane] = await read(engine, "SELECT *, paused_until > lw_now() + interval '4 min' AS paused FROM lane")
    assert (lane["pause_code"], lane["paused"]) == ("key_rejected", True)


async def test_an_accepted_create_opens_its_lane_again(engine: Engine) -> None:
    refused, other = await an_intent(engine), await an_intent(engine)
    async with engine.begin() as tx:
        await answers.lane_refused(
            tx, refused.intent, REFUSED, attention=AttentionCode.QUOTA, pause=timedelta(minutes=5)
        )
    await accept(engine, other.intent)
    [lane] = await read(engine, "SELECT pause_code, paused_until FROM lane")
    assert lane == {"pause_code": None, "paused_until": None}


async def test_answers_and_refusals_of_a_posts_two_holders_agree_in_any_order(engine: Engine) -> None:
    for number in range(12):
        submitted = await an_intent(engine)
        await asyncio.gather(
            accept(engine, submitted.intent, upstream_id=f"up-{number}"),
            lose(engine, submitted.intent),
            accept(engine, submitted.intent, upstream_id=f"up-{number}"),
        )
        job = await job_row(engine, submitted.job_id)
        assert (job["status"], job["creates"], job["attention_code"]) == ("in_progress", 1, None)
        assert await roles(engine, submitted.intent) == [("live", f"up-{number}")]


async def test_an_answer_for_no_job_is_nobodys(engine: Engine) -> None:
    submitted = await an_intent(engine)
    nowhere = replace(submitted.intent, job_id=submitted.interaction_id)
    async with engine.begin() as tx:
        assert await answers.accepted(tx, nowhere, upstream_id="up", upstream_status=None, delay=SOON) is None
    assert await reject(engine, nowhere) is None
