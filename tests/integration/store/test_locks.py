"""Does every writer lock in one order: the job, then its interactions by id? Shown lock by lock, without luck."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from longwatch.domain.actions import plan_asked
from longwatch.domain.shares import Limits
from longwatch.domain.states import Status
from longwatch.store import admission, answers, claims, endings, polls
from longwatch.store.cancelling import request_cancel
from longwatch.store.claims import DueInteraction
from longwatch.store.deleting import delete
from longwatch.store.endings import Ending
from longwatch.store.engine import Engine, Tx
from longwatch.store.polls import StillRunning
from longwatch.store.statements import text
from tests.support.plans import statements
from tests.support.store import (
    LEASE,
    a_job,
    a_running_interaction,
    accept,
    an_intent,
    blocked,
    claim_interaction,
    interaction_rows,
)

pytestmark = pytest.mark.anyio

Act = Callable[[Tx], Awaitable[object]]
SOON = timedelta(0)
COMPLETED = Ending(status=Status.COMPLETED, upstream_status="completed")


async def lock(tx: Tx, table: str, row_id: uuid.UUID, *, wait: bool = True) -> None:
    mode = "FOR NO KEY UPDATE" if wait else "FOR NO KEY UPDATE NOWAIT"
    await tx.execute(text(f"SELECT FROM {table} WHERE id = :id {mode}"), {"id": row_id})


async def assert_waits_for(
    engine: Engine, act: Act, first: tuple[str, uuid.UUID], *, before: list[tuple[str, uuid.UUID]]
) -> None:
    """Hold *first*: *act* must wait for it while the rows of *before* are still free."""

    async def run() -> None:
        async with engine.begin() as tx:
            await act(tx)

    async with engine.begin() as holder:
        await lock(holder, *first)
        waiting = asyncio.create_task(run())
        await blocked(engine)
        async with engine.begin() as other:
            for table, row_id in before:
                await lock(other, table, row_id, wait=False)
    await waiting


def acts_on(row: DueInteraction) -> dict[str, Act]:
    held, job_id = row.held, row.job_id
    return {
        "keep": lambda tx: endings.keep(tx, held, raw=b"{}", content_type="x", readable=True),
        "end": lambda tx: endings.end(tx, held, job_id, COMPLETED),
        "abandon": lambda tx: endings.abandon(tx, held, job_id, COMPLETED),
        "close": lambda tx: endings.close(tx, held, upstream_status="completed", look_again=None),
        "ask action": lambda tx: endings.ask_action(tx, held, job_id, asked=plan_asked("A plan")),
        "cancel": lambda tx: request_cancel(tx, "default", job_id),
        "delete": lambda tx: delete(tx, "default", job_id),
    }


@pytest.mark.parametrize("name", ["keep", "end", "abandon", "close", "ask action", "cancel", "delete"])
async def test_the_job_is_locked_before_its_interaction(engine: Engine, name: str) -> None:
    running = await a_running_interaction(engine)
    row = await claim_interaction(engine, running.interaction_id)
    interaction = ("interaction", running.interaction_id)
    await assert_waits_for(engine, acts_on(row)[name], ("job", running.job_id), before=[interaction])


async def test_an_answer_locks_the_job_before_its_interaction(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    await assert_waits_for(
        engine,
        lambda tx: answers.accepted(tx, running.intent, upstream_id="up-2", upstream_status=None, delay=SOON),
        ("job", running.job_id),
        before=[("interaction", running.interaction_id)],
    )


async def test_an_answer_that_is_written_at_once_does_so_too(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await assert_waits_for(
        engine,
        lambda tx: answers.accepted_at_once(
            tx, submitted.intent, attempt=1, upstream_id="up-1", upstream_status=None, delay=SOON
        ),
        ("job", submitted.job_id),
        before=[("interaction", submitted.interaction_id)],
    )


async def test_a_delete_locks_a_jobs_interactions_in_the_order_of_their_ids(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    for number in range(3):
        await accept(engine, running.intent, upstream_id=f"up-late-{number}")
    first, *rest = [row["id"] for row in await interaction_rows(engine, running.job_id)]
    held = (await claim_interaction(engine, first)).held
    async with engine.begin() as tx:
        assert await endings.end(tx, held, running.job_id, COMPLETED) is not None
    await assert_waits_for(
        engine,
        lambda tx: delete(tx, "default", running.job_id),
        ("interaction", first),
        before=[("interaction", row_id) for row_id in rest],
    )


@pytest.mark.parametrize("way", ["renew", "reschedule"])
async def test_a_batch_locks_its_rows_in_the_order_of_their_ids(engine: Engine, way: str) -> None:
    runs = [await a_running_interaction(engine, upstream_id=f"up-{number}") for number in range(6)]
    held = [(await claim_interaction(engine, run.interaction_id)).held for run in runs][::-1]
    still = [StillRunning(held=row, delay=LEASE, upstream_status="in_progress", progress_hash=None) for row in held]
    first, *rest = sorted(row.id for row in held)
    act: Act = (
        (lambda tx: claims.renew(tx, "interaction", held, lease=LEASE))
        if way == "renew"
        else (lambda tx: polls.reschedule(tx, still))
    )
    await assert_waits_for(engine, act, ("interaction", first), before=[("interaction", row_id) for row_id in rest])


async def test_what_runs_and_what_is_about_to_are_counted_in_one_snapshot(engine: Engine) -> None:
    await a_job(engine)
    with statements(engine) as sent:
        async with engine.begin() as tx:
            assert await admission.admit(tx, Limits(total=5)) == 1
    counts = [statement for statement, _ in sent if "running" in statement]
    assert len(counts) == 1
