"""Does a deleted job leave a tombstone and nothing else, whenever it is deleted and whatever comes later?"""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlmodel import SQLModel

from longwatch.domain.actions import plan_asked
from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.errors import GoneError, NotFoundError
from longwatch.domain.states import TERMINAL, Status
from longwatch.store import answers, claims, endings, polls
from longwatch.store.answers import Rejection
from longwatch.store.cancelling import request_cancel
from longwatch.store.claims import DueInteraction
from longwatch.store.deleting import delete
from longwatch.store.deliveries import Attempt, record
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Engine
from longwatch.store.statements import text
from tests.support.store import (
    HOLD,
    LEASE,
    Running,
    a_job,
    a_running_interaction,
    accept,
    admit_job,
    an_intent,
    claim_interaction,
    delivery_rows,
    execute,
    interaction_row,
    interaction_rows,
    job_row,
    lose,
    now,
    read,
    status_of,
)

pytestmark = pytest.mark.anyio

SECRET = "xyzzy-plugh"
TOLD: dict[str, Any] = {
    "prompt": SECRET,
    "metadata": {"customer": SECRET},
    "tags": [SECRET],
    "secrets": SECRET.encode(),
    "webhook_url": "https://receiver.example/hook",
}
ERROR = {"code": "internal", "message": SECRET}


async def forget(engine: Engine, job_id: uuid.UUID, *, project: str = "default") -> None:
    async with engine.begin() as tx:
        await delete(tx, project, job_id)


async def rows_that_tell(engine: Engine) -> list[str]:
    """Return every row of every table in which the secret can still be read."""
    found = []
    for table in SQLModel.metadata.tables:
        rows = await read(engine, f"SELECT to_jsonb(t)::text AS row FROM {table} AS t")  # noqa: S608
        found += [f"{table}: {row['row']}" for row in rows]
    return [row for row in found if SECRET in row or SECRET.encode().hex() in row]


async def queued(engine: Engine) -> uuid.UUID:
    job_id = await a_job(engine, **TOLD)
    await execute(engine, "UPDATE job SET queue_detail = :told WHERE id = :id", told=SECRET, id=job_id)
    return job_id


async def submitting(engine: Engine) -> uuid.UUID:
    return (await an_intent(engine, **TOLD)).job_id


async def unknown(engine: Engine) -> uuid.UUID:
    submitted = await an_intent(engine, **TOLD)
    async with engine.begin() as tx:
        await answers.unknown(tx, submitted.intent, reason=SECRET, hold=HOLD)
    return submitted.job_id


async def refused(engine: Engine) -> uuid.UUID:
    submitted = await an_intent(engine, **TOLD)
    why = Rejection(sent=True, code="invalid", message=SECRET, http_status=400)
    async with engine.begin() as tx:
        await answers.rejected(tx, submitted.intent, why, delay=timedelta(0))
    return submitted.job_id


async def key_refused(engine: Engine) -> uuid.UUID:
    submitted = await an_intent(engine, **TOLD)
    why = Rejection(sent=True, code="forbidden", message=SECRET, http_status=403)
    async with engine.begin() as tx:
        code = AttentionCode.KEY_REJECTED
        await answers.lane_refused(tx, submitted.intent, why, attention=code, pause=LEASE)
    return submitted.job_id


async def failed_for_good(engine: Engine) -> uuid.UUID:
    submitted = await an_intent(engine, **TOLD)
    why = Rejection(sent=True, code="invalid", message=SECRET, http_status=400)
    async with engine.begin() as tx:
        await answers.rejected(tx, submitted.intent, why, delay=None)
    return submitted.job_id


async def in_progress(engine: Engine) -> uuid.UUID:
    running = await a_running_interaction(engine, **TOLD)
    async with engine.begin() as tx:
        await polls.progress(tx, running.job_id, said=SECRET)
        await polls.mark(tx, running.job_id, Attention(AttentionCode.UNKNOWN_STATUS, SECRET))
    return running.job_id


async def requires_action(engine: Engine) -> uuid.UUID:
    running = await a_running_interaction(engine, **TOLD)
    row = await claim_interaction(engine, running.interaction_id)
    await finish(engine, row, "requires_action")
    return running.job_id


async def ended(engine: Engine, status: Status = Status.FAILED) -> uuid.UUID:
    running = await a_running_interaction(engine, **TOLD)
    row = await claim_interaction(engine, running.interaction_id)
    await finish(engine, row, status)
    async with engine.begin() as tx:
        [delivery] = await claims.claim_deliveries(tx, limit=1, lease=LEASE)
        attempt = Attempt(duration=LEASE, http_status=500, error=None, response_head=SECRET)
        await record(tx, delivery, attempt, status="pending", retry_in=LEASE)
    return running.job_id


async def finish(engine: Engine, row: DueInteraction, status: str) -> None:
    """Write an end as a worker does, bytes first."""
    async with engine.begin() as tx:
        assert await endings.keep(tx, row.held, raw=SECRET.encode(), content_type="application/json", readable=True)
    async with engine.begin() as tx:
        if status == "requires_action":
            await endings.ask_action(tx, row.held, row.job_id, asked=plan_asked(SECRET))
            return
        ending = Ending(status=Status(status), upstream_status=status, error=ERROR, preview=SECRET)
        await endings.end(tx, row.held, row.job_id, ending)
        await endings.derived(tx, row.held.id, Derivation(text=SECRET, citations=[{"title": SECRET}]))


MAKERS = [queued, submitting, unknown, refused, key_refused, failed_for_good, in_progress, requires_action, ended]


@pytest.mark.parametrize("make", MAKERS)
async def test_in_every_state_nothing_of_what_was_said_or_found_stays(
    engine: Engine, make: Callable[[Engine], Awaitable[uuid.UUID]]
) -> None:
    job_id = await make(engine)
    before = await job_row(engine, job_id)
    assert await rows_that_tell(engine) != []
    await forget(engine, job_id)
    assert await rows_that_tell(engine) == []
    after = await job_row(engine, job_id)
    assert after["deleted_at"] is not None
    assert (after["id"], after["created_at"]) == (before["id"], before["created_at"])


async def test_every_ending_leaves_its_status_error_code_and_clocks(engine: Engine) -> None:
    for status in TERMINAL:
        job_id = await ended(engine, status)
        await forget(engine, job_id)
        job = await job_row(engine, job_id)
        assert (job["status"], job["error"]) == (status.value, {"code": "internal"})
        assert job["finished_at"] is not None
        assert await rows_that_tell(engine) == []


async def test_an_ended_run_is_deleted_upstream_too(engine: Engine) -> None:
    job_id = await ended(engine)
    await forget(engine, job_id)
    [row] = await interaction_rows(engine, job_id)
    assert row["upstream_id"] == "up-1"
    assert row["due_at"] <= await now(engine)
    assert (await claim_interaction(engine, row["id"])).delete_asked


async def test_a_running_job_is_cancelled_first_and_what_it_still_brings_is_not_kept(engine: Engine) -> None:
    running = await a_running_interaction(engine, **TOLD)
    row = await claim_interaction(engine, running.interaction_id)
    await forget(engine, running.job_id)
    assert await status_of(engine, running.job_id) is Status.IN_PROGRESS
    assert (await interaction_row(engine, running.interaction_id))["cancel_requested_at"] is not None
    async with engine.begin() as tx:
        await polls.progress(tx, running.job_id, said=SECRET)
    await finish(engine, row, "failed")
    assert await status_of(engine, running.job_id) is Status.FAILED
    assert await rows_that_tell(engine) == []
    assert (await interaction_row(engine, running.interaction_id))["due_at"] <= await now(engine)


async def test_a_late_result_of_a_deleted_job_is_not_kept(engine: Engine) -> None:
    running = await a_running_interaction(engine, **TOLD)
    row = await claim_interaction(engine, running.interaction_id)
    async with engine.begin() as tx:
        await endings.abandon(
            tx, row.held, running.job_id, Ending(status=Status.EXPIRED, upstream_status=None, look_again=LEASE)
        )
    collector = await claim_interaction(engine, running.interaction_id)
    await forget(engine, running.job_id)
    async with engine.begin() as tx:
        await endings.keep(tx, collector.held, raw=SECRET.encode(), content_type="x", readable=True)
    async with engine.begin() as tx:
        await endings.derived(tx, running.interaction_id, Derivation(text=SECRET))
        await endings.late_result(tx, running.job_id, preview=SECRET, usage={"total_tokens": 9})
    assert await rows_that_tell(engine) == []


async def test_an_open_post_that_is_accepted_after_all_is_cancelled_and_deleted_upstream(engine: Engine) -> None:
    submitted = await an_intent(engine, **TOLD)
    await forget(engine, submitted.job_id)
    assert (await interaction_row(engine, submitted.interaction_id))["due_at"] is None
    await accept(engine, submitted.intent)
    row = await claim_interaction(engine, submitted.interaction_id)
    assert row.cancel_age is not None
    assert row.delete_asked


async def test_an_orphan_of_a_deleted_job_is_deleted_upstream_too(engine: Engine) -> None:
    running = await a_running_interaction(engine, **TOLD)
    await forget(engine, running.job_id)
    await accept(engine, running.intent, upstream_id="up-2")
    orphan = (await interaction_rows(engine, running.job_id))[-1]
    assert (orphan["role"], orphan["upstream_id"]) == ("orphan", "up-2")
    assert orphan["delete_requested_at"] is not None


async def test_an_open_post_of_a_deleted_job_that_was_refused_ends_it(engine: Engine) -> None:
    submitted = await an_intent(engine, **TOLD)
    await forget(engine, submitted.job_id)
    why = Rejection(sent=True, code="rate_limited", message=SECRET, http_status=429)
    async with engine.begin() as tx:
        await answers.rejected(tx, submitted.intent, why, delay=timedelta(0))
    assert await status_of(engine, submitted.job_id) is Status.CANCELLED
    assert await rows_that_tell(engine) == []


async def test_pending_deliveries_go_on_without_what_was_erased(engine: Engine) -> None:
    job_id = await ended(engine)
    await forget(engine, job_id)
    [delivery] = await delivery_rows(engine, job_id)
    assert delivery["status"] == "pending"
    await execute(engine, "UPDATE delivery SET due_at = lw_now()")
    async with engine.begin() as tx:
        [due] = await claims.claim_deliveries(tx, limit=1, lease=LEASE)
    assert due.type == "job.failed"
    assert due.metadata == {}
    assert due.data == {"status": "failed", "error": {"code": "internal"}, "usage": None}


async def test_a_delivery_of_a_deleted_job_keeps_no_more_echoes(engine: Engine) -> None:
    job_id = await ended(engine)
    await execute(engine, "UPDATE delivery SET due_at = lw_now()")
    async with engine.begin() as tx:
        [due] = await claims.claim_deliveries(tx, limit=1, lease=LEASE)
    await forget(engine, job_id)
    async with engine.begin() as tx:
        attempt = Attempt(duration=LEASE, http_status=200, error=None, response_head=f"got {SECRET}")
        assert await record(tx, due, attempt, status="delivered", retry_in=None)
    assert await rows_that_tell(engine) == []
    assert [row["number"] for row in await read(engine, "SELECT number FROM delivery_attempt ORDER BY 1")] == [1, 2]


async def test_deleting_twice_is_gone_and_another_projects_job_is_not_found(engine: Engine) -> None:
    job_id = await a_job(engine)
    with pytest.raises(NotFoundError):
        await forget(engine, job_id, project="other")
    await forget(engine, job_id)
    with pytest.raises(GoneError):
        await forget(engine, job_id)


async def test_other_jobs_are_left_alone(engine: Engine) -> None:
    kept, deleted = await ended(engine), await a_job(engine)
    before = await rows_that_tell(engine)
    await forget(engine, deleted)
    assert await rows_that_tell(engine) == before
    assert (await job_row(engine, kept))["deleted_at"] is None


async def test_a_delete_while_bytes_are_being_kept_erases_them(engine: Engine) -> None:
    running: Running = await a_running_interaction(engine, **TOLD)
    row = await claim_interaction(engine, running.interaction_id)
    async with engine.begin() as keeping:
        await endings.keep(keeping, row.held, raw=SECRET.encode(), content_type="x", readable=True)
        async with engine.connect() as tx:
            await tx.execute(text("SET LOCAL lock_timeout = '200ms'"))
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await delete(tx, "default", running.job_id)
    await forget(engine, running.job_id)
    assert await rows_that_tell(engine) == []


async def test_a_deleted_job_that_was_admitted_is_never_created(engine: Engine) -> None:
    job_id = await a_job(engine, **TOLD)
    await admit_job(engine, job_id)
    await forget(engine, job_id)
    lane = (await job_row(engine, job_id))["lane_id"]
    async with engine.begin() as tx:
        assert await claims.claim_jobs(tx, lane=lane, limit=10, lease=LEASE) == []


async def test_a_lost_create_of_a_deleted_job_stays_lost(engine: Engine) -> None:
    submitted = await an_intent(engine, **TOLD)
    await forget(engine, submitted.job_id)
    await lose(engine, submitted.intent)
    assert await status_of(engine, submitted.job_id) is Status.CANCELLED
    async with engine.begin() as tx:
        with pytest.raises(GoneError):
            await request_cancel(tx, "default", submitted.job_id)
