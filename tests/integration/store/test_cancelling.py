"""Is a cancel heard in every state, and against every answer that races with it?"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from longwatch.domain import ids
from longwatch.domain.errors import ConflictError, GoneError, NotFoundError
from longwatch.domain.states import ALIVE, TERMINAL, Status
from longwatch.store import answers, creates, endings
from longwatch.store.answers import Rejection
from longwatch.store.cancelling import cancel_sent, request_cancel
from longwatch.store.claims import release
from longwatch.store.deleting import delete
from longwatch.store.endings import Ending
from longwatch.store.engine import Engine, Tx
from tests.support.store import (
    HOLD,
    LEASE,
    Submitted,
    a_job,
    a_running_interaction,
    admit_job,
    advance,
    an_intent,
    blocked,
    claim_interaction,
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

REFUSED = Rejection(sent=True, code="rate_limited", message="slow down", http_status=429)
COMPLETED = Ending(status=Status.COMPLETED, upstream_status="completed")
AT_ONCE = timedelta(0)


async def cancel(engine: Engine, job_id: uuid.UUID, *, project: str = "default") -> Status:
    async with engine.begin() as tx:
        return await request_cancel(tx, project, job_id)


async def test_a_queued_job_is_cancelled_at_once_and_says_so(engine: Engine) -> None:
    job_id = await a_job(engine, webhook_url="https://receiver.example/hook")
    assert await cancel(engine, job_id) is Status.CANCELLED
    job = await job_row(engine, job_id)
    assert (job["status"], job["due_at"], job["claimed_at"]) == ("cancelled", None, None)
    assert job["cancel_requested_at"] is not None
    assert job["finished_at"] is not None
    assert await event_types(engine, job_id) == ["job.created", "job.cancel_requested", "job.cancelled"]
    assert len(await delivery_rows(engine, job_id)) == 1


@pytest.mark.parametrize("status", [Status.WAITING, Status.REQUIRES_ACTION])
async def test_a_job_with_nothing_running_upstream_is_cancelled_at_once(engine: Engine, status: Status) -> None:
    job_id = await a_job(engine)
    await execute(engine, "UPDATE job SET status = :status WHERE id = :id", status=status.value, id=job_id)
    assert await cancel(engine, job_id) is Status.CANCELLED


async def test_a_running_job_goes_on_until_its_worker_has_asked_the_upstream(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    assert await cancel(engine, running.job_id) is Status.IN_PROGRESS
    row = await interaction_row(engine, running.interaction_id)
    assert row["cancel_requested_at"] is not None
    assert row["due_at"] <= await now(engine)
    assert await event_types(engine, running.job_id) == ["job.created", "job.started", "job.cancel_requested"]


async def test_a_job_whose_post_is_open_waits_for_the_answer(engine: Engine) -> None:
    submitted = await an_intent(engine)
    assert await cancel(engine, submitted.job_id) is Status.SUBMITTING
    assert await status_of(engine, submitted.job_id) is Status.SUBMITTING


async def test_an_unknown_create_is_cancelled_at_once_with_its_mark_kept(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    assert await cancel(engine, submitted.job_id) is Status.CANCELLED
    job = await job_row(engine, submitted.job_id)
    assert (job["attention_code"], job["due_at"]) == ("submit_unknown", None)


async def test_an_ended_job_is_a_conflict_unless_it_is_cancelled_already(engine: Engine) -> None:
    for status in TERMINAL:
        job_id = await a_job(engine)
        await execute(engine, "UPDATE job SET status = :status WHERE id = :id", status=status.value, id=job_id)
        if status is Status.CANCELLED:
            assert await cancel(engine, job_id) is Status.CANCELLED
        else:
            with pytest.raises(ConflictError, match="Retry"):
                await cancel(engine, job_id)
        assert await event_types(engine, job_id) == ["job.created"]


async def test_every_living_state_hears_a_cancel(engine: Engine) -> None:
    for status in ALIVE:
        submitted = await an_intent(engine)
        await execute(engine, "UPDATE job SET status = :to WHERE id = :id", to=status.value, id=submitted.job_id)
        await cancel(engine, submitted.job_id)
        assert (await job_row(engine, submitted.job_id))["cancel_requested_at"] is not None


async def test_asking_twice_is_the_same_as_once(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    await cancel(engine, running.job_id)
    first = await interaction_row(engine, running.interaction_id)
    assert await cancel(engine, running.job_id) is Status.IN_PROGRESS
    assert (await interaction_row(engine, running.interaction_id))["cancel_requested_at"] == first[
        "cancel_requested_at"
    ]
    assert (await event_types(engine, running.job_id)).count("job.cancel_requested") == 1


async def test_another_projects_job_is_not_found_and_a_deleted_one_is_gone(engine: Engine) -> None:
    job_id = await a_job(engine)
    for project, wanted in (("other", job_id), ("default", ids.new())):
        with pytest.raises(NotFoundError):
            await cancel(engine, wanted, project=project)
    async with engine.begin() as tx:
        await delete(tx, "default", job_id)
    with pytest.raises(GoneError):
        await cancel(engine, job_id)


async def test_that_the_upstream_was_asked_is_written_under_the_lease(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    await cancel(engine, running.job_id)
    held = (await claim_interaction(engine, running.interaction_id)).held
    async with engine.begin() as tx:
        await cancel_sent(tx, held)
        assert await release(tx, held, delay=AT_ONCE)
    again = await claim_interaction(engine, running.interaction_id)
    assert again.cancel_sent_age is not None
    await execute(engine, "UPDATE interaction SET cancel_sent_at = NULL")
    async with engine.begin() as tx:
        await cancel_sent(tx, held)
    assert (await interaction_row(engine, running.interaction_id))["cancel_sent_at"] is None


Act = Callable[[Tx], Awaitable[object]]


async def in_order(engine: Engine, first: Act, second: Act) -> None:
    """Run *second* while *first* holds its locks: it waits, and acts on what *first* has left."""

    async def act() -> None:
        async with engine.begin() as tx:
            await second(tx)

    async with engine.begin() as tx:
        await first(tx)
        waiting = asyncio.create_task(act())
        await blocked(engine)
    await waiting


def cancelling(submitted: Submitted) -> Act:
    return lambda tx: request_cancel(tx, "default", submitted.job_id)


def accepting(submitted: Submitted) -> Act:
    return lambda tx: answers.accepted(
        tx, submitted.intent, upstream_id="up-1", upstream_status="in_progress", delay=timedelta(minutes=1)
    )


def rejecting(submitted: Submitted) -> Act:
    return lambda tx: answers.rejected(tx, submitted.intent, REFUSED, delay=AT_ONCE)


def losing(submitted: Submitted) -> Act:
    return lambda tx: answers.unknown(tx, submitted.intent, reason="reset", hold=HOLD)


@pytest.mark.parametrize("cancel_first", [True, False])
async def test_a_cancel_and_an_id_in_either_order_end_with_the_run_asked_to_stop(
    engine: Engine, *, cancel_first: bool
) -> None:
    submitted = await an_intent(engine)
    acts = (cancelling(submitted), accepting(submitted))
    await in_order(engine, *(acts if cancel_first else acts[::-1]))
    row = await interaction_row(engine, submitted.interaction_id)
    assert await status_of(engine, submitted.job_id) is Status.IN_PROGRESS
    assert (row["upstream_id"], row["role"]) == ("up-1", "live")
    assert row["cancel_requested_at"] is not None
    assert row["due_at"] <= await now(engine)


@pytest.mark.parametrize("cancel_first", [True, False])
@pytest.mark.parametrize("answering", [rejecting, losing])
async def test_a_cancel_and_an_answer_without_an_id_in_either_order_end_cancelled(
    engine: Engine, answering: Callable[[Submitted], Act], *, cancel_first: bool
) -> None:
    submitted = await an_intent(engine)
    acts = (cancelling(submitted), answering(submitted))
    await in_order(engine, *(acts if cancel_first else acts[::-1]))
    assert await status_of(engine, submitted.job_id) is Status.CANCELLED
    assert (await job_row(engine, submitted.job_id))["due_at"] is None


@pytest.mark.parametrize("cancel_first", [True, False])
async def test_a_cancel_and_an_intent_in_either_order_never_leave_a_post_unseen(
    engine: Engine, *, cancel_first: bool
) -> None:
    job_id = await a_job(engine)
    await admit_job(engine, job_id)
    job = await claim_job(engine, job_id)
    acts: tuple[Act, Act] = (
        lambda tx: request_cancel(tx, "default", job_id),
        lambda tx: creates.intend(tx, job),
    )
    await in_order(engine, *(acts if cancel_first else acts[::-1]))
    status, meant = await status_of(engine, job_id), await read(engine, "SELECT id FROM interaction")
    assert (status, len(meant)) == ((Status.CANCELLED, 0) if cancel_first else (Status.SUBMITTING, 1))
    assert (await job_row(engine, job_id))["cancel_requested_at"] is not None


async def test_completed_beats_a_cancel_that_came_before_it(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held
    await cancel(engine, running.job_id)
    async with engine.begin() as tx:
        assert await endings.end(tx, held, running.job_id, COMPLETED) is not None
    assert await status_of(engine, running.job_id) is Status.COMPLETED


async def test_a_cancel_that_waited_for_the_end_is_told_so(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held
    async with engine.begin() as ending:
        assert await endings.end(ending, held, running.job_id, COMPLETED) is not None
        late = asyncio.create_task(cancel(engine, running.job_id))
        await blocked(engine)
    with pytest.raises(ConflictError):
        await late
    assert await status_of(engine, running.job_id) is Status.COMPLETED


async def test_a_dead_workers_open_post_is_cancelled_by_whoever_finds_it(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await cancel(engine, submitted.job_id)
    await advance(engine, LEASE)
    heir = await claim_job(engine, submitted.job_id)
    assert heir.create_outcome is None
    await lose(engine, submitted.intent)
    job = await job_row(engine, submitted.job_id)
    assert (job["status"], job["attention_code"]) == ("cancelled", "submit_unknown")
