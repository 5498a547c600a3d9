"""Does what is written in one statement come to the same as what is written step by step, and never half of it?"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from longwatch.domain.attention import AttentionCode
from longwatch.domain.media import MediaFile
from longwatch.domain.states import Status
from longwatch.store import answers, endings, lanes
from longwatch.store.cancelling import request_cancel
from longwatch.store.claims import Held
from longwatch.store.door import Changed
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Engine, Tx
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text
from tests.support.plans import statements
from tests.support.store import (
    Submitted,
    a_running_interaction,
    accept,
    an_intent,
    blocked,
    claim_interaction,
    delivery_rows,
    event_types,
    execute,
    interaction_row,
    job_row,
    lose,
    read,
    status_of,
)

pytestmark = pytest.mark.anyio

SOON = timedelta(seconds=5)
URL = "https://r.example/h"
SET_STATUS = "UPDATE job SET status = :status WHERE id = :id"
PICTURE = MediaFile(index=0, mime_type="image/png", sha256=b"0" * 32, data=b"png")
COMPLETED = Ending(status=Status.COMPLETED, upstream_status="completed", usage={"total_tokens": 7}, preview="TPU")
REPORT = Derivation(text="It rains.", citations=[{"url": "https://a.example"}], usage={"total_tokens": 7})
WITH_A_PICTURE = Derivation(text="See the picture.", artifacts=[{"index": 0}], files=[PICTURE])
THEIR_OWN = {"id", "job_id", "lane_id", "interaction_id", "intent_claim", "idempotency_key"}


def alike(row: RowMapping) -> dict[str, Any]:
    """Return what two rows that were made the same way have in common: of instants, whether they are set."""
    return {
        name: (value is not None) if name.endswith("_at") else value
        for name, value in row.items()
        if name not in THEIR_OWN
    }


async def at_once(tx: Tx, submitted: Submitted, *, status: str | None = "in_progress") -> Changed | None:
    return await answers.accepted_at_once(
        tx,
        submitted.intent,
        attempt=submitted.job.attempt,
        upstream_id="up-1",
        upstream_status=status,
        delay=SOON,
    )


@pytest.mark.parametrize("status", ["in_progress", "queued", None])
@pytest.mark.parametrize(
    "columns",
    [{}, {"watch": "stream"}, {"deadline_seconds": 2}, {"webhook_url": URL, "webhook_events": ["job.started"]}],
)
async def test_an_accepted_run_begins_as_step_by_step(
    engine: Engine, columns: dict[str, Any], status: str | None
) -> None:
    quick, slow = await an_intent(engine, **columns), await an_intent(engine, **columns)
    async with engine.each_by_itself() as tx:
        changed = await at_once(tx, quick, status=status)
    async with engine.begin() as tx:
        same = await answers.accepted(tx, slow.intent, upstream_id="up-1", upstream_status=status, delay=SOON)
    assert changed is not None
    assert same is not None
    assert (changed.status, changed.sequence) == (same.status, same.sequence)
    assert alike(await job_row(engine, quick.job_id)) == alike(await job_row(engine, slow.job_id))
    runs = [await interaction_row(engine, each.interaction_id) for each in (quick, slow)]
    assert alike(runs[0]) == alike(runs[1])
    assert runs[0]["deadline_at"] - runs[0]["answered_at"] == runs[1]["deadline_at"] - runs[1]["answered_at"]
    assert runs[0]["due_at"] - runs[0]["answered_at"] == runs[1]["due_at"] - runs[1]["answered_at"]
    events = "SELECT type, data, interaction_id IS NOT NULL AS named FROM event WHERE job_id = :id ORDER BY sequence"
    assert await read(engine, events, id=quick.job_id) == await read(engine, events, id=slow.job_id)
    assert len(await delivery_rows(engine, quick.job_id)) == len(await delivery_rows(engine, slow.job_id))


async def cancelled(engine: Engine, submitted: Submitted) -> None:
    async with engine.begin() as tx:
        await request_cancel(tx, "default", submitted.job_id)


async def lost(engine: Engine, submitted: Submitted) -> None:
    await lose(engine, submitted.intent)


async def stopped(engine: Engine, submitted: Submitted) -> None:
    code = AttentionCode.KEY_REJECTED.value
    async with engine.begin() as tx:
        await lanes.trip(tx, submitted.intent.lane_id, code=code, detail="words", pause=SOON)


async def answered(engine: Engine, submitted: Submitted) -> None:
    await accept(engine, submitted.intent, upstream_id="up-0")


async def meant_anew(engine: Engine, submitted: Submitted) -> None:
    await execute(engine, "UPDATE job SET interaction_id = NULL WHERE id = :id", id=submitted.job_id)


@pytest.mark.parametrize("before", [cancelled, lost, stopped, answered, meant_anew])
async def test_an_answer_that_meets_anything_else_writes_nothing_at_once(engine: Engine, before: Any) -> None:
    submitted = await an_intent(engine)
    await before(engine, submitted)
    job, run = await job_row(engine, submitted.job_id), await interaction_row(engine, submitted.interaction_id)
    async with engine.each_by_itself() as tx:
        assert await at_once(tx, submitted) is None
    assert await job_row(engine, submitted.job_id) == job
    assert await interaction_row(engine, submitted.interaction_id) == run


async def test_a_cancel_that_comes_while_an_answer_waits_is_seen_by_it(engine: Engine) -> None:
    submitted = await an_intent(engine)

    async def write() -> Changed | None:
        async with engine.each_by_itself() as tx:
            return await at_once(tx, submitted)

    async with engine.begin() as tx:
        await request_cancel(tx, "default", submitted.job_id)
        waiting = asyncio.create_task(write())
        await blocked(engine)
    assert await waiting is None
    assert (await interaction_row(engine, submitted.interaction_id))["upstream_id"] is None
    assert await status_of(engine, submitted.job_id) is Status.SUBMITTING


async def step_by_step(engine: Engine, job_id: uuid.UUID, end: Callable[[], Awaitable[Changed | None]]) -> None:
    """Let *end* see a job that may not end yet when it begins, and may once its lock is free."""
    await execute(engine, SET_STATUS, id=job_id, status="waiting")
    async with engine.begin() as tx:
        await tx.execute(text(SET_STATUS), {"id": job_id, "status": "in_progress"})
        waiting = asyncio.create_task(end())
        await blocked(engine)
    assert await waiting is not None


@pytest.mark.parametrize("made", [REPORT, WITH_A_PICTURE, None])
async def test_a_run_ends_as_step_by_step(engine: Engine, made: Derivation | None) -> None:
    seen = []
    for by_steps in (False, True):
        running = await a_running_interaction(engine, webhook_url=URL)
        held = (await claim_interaction(engine, running.interaction_id)).held
        async with engine.begin() as tx:
            assert await endings.keep(tx, held, raw=b"{}", content_type="application/json", readable=True)

        async def end(held: Held = held, job_id: uuid.UUID = running.job_id) -> Changed | None:
            async with engine.begin() as tx:
                return await endings.end(tx, held, job_id, COMPLETED, made)

        if by_steps:
            await step_by_step(engine, running.job_id, end)
        else:
            assert await end() is not None
        assert await event_types(engine, running.job_id) == ["job.created", "job.started", "job.completed"]
        rows = [await job_row(engine, running.job_id), await interaction_row(engine, running.interaction_id)]
        for table in ("result", "artifact", "delivery"):
            rows += await read(engine, f"SELECT * FROM {table} WHERE job_id = :id", id=running.job_id)  # noqa: S608
        seen.append([alike(row) for row in rows])
    assert seen[0] == seen[1]
    assert len(seen[0]) == (5 if made is WITH_A_PICTURE else 4)


async def test_a_run_ends_in_one_statement_beside_the_wish_to_wake_who_waits(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    held = (await claim_interaction(engine, running.interaction_id)).held
    async with engine.begin() as tx:
        await endings.keep(tx, held, raw=b"{}", content_type="application/json", readable=True)
    with statements(engine) as sent:
        async with engine.begin() as tx:
            assert await endings.end(tx, held, running.job_id, COMPLETED, REPORT) is not None
    assert len(sent) == 2


async def test_what_was_made_is_not_written_for_a_job_that_had_ended(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    row = await claim_interaction(engine, running.interaction_id)
    async with engine.begin() as tx:
        await endings.keep(tx, row.held, raw=b"{}", content_type="application/json", readable=True)
    await execute(engine, SET_STATUS, id=running.job_id, status="expired")
    async with engine.begin() as tx:
        assert await endings.end(tx, row.held, row.job_id, COMPLETED, REPORT) is None
    [result] = await read(engine, "SELECT * FROM result WHERE job_id = :id", id=running.job_id)
    assert (result["derived_at"], result["text"]) == (None, None)
    assert (await interaction_row(engine, running.interaction_id))["ended_at"] is not None
