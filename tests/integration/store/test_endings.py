"""Does a run end once, bytes first, and is what comes later kept beside the end and not instead of it?"""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from longwatch.domain.actions import plan_asked
from longwatch.domain.states import TERMINAL, Status
from longwatch.store import endings
from longwatch.store.cancelling import request_cancel
from longwatch.store.claims import DueInteraction, Held
from longwatch.store.door import Changed
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Engine
from longwatch.store.rows import RowMapping
from tests.support.store import (
    LEASE,
    Running,
    a_running_interaction,
    accept,
    advance,
    claim_interaction,
    claim_job,
    delivery_rows,
    event_types,
    interaction_row,
    interaction_rows,
    job_row,
    now,
    read,
    status_of,
)

pytestmark = pytest.mark.anyio

BYTES = b'{"status": "completed"}'
JSON = "application/json"
COMPLETED = Ending(status=Status.COMPLETED, upstream_status="completed", usage={"total_tokens": 7}, preview="TPU")
EXPIRED = Ending(status=Status.EXPIRED, upstream_status="in_progress", look_again=timedelta(seconds=5))


async def a_claimed_run(engine: Engine, **columns: Any) -> tuple[Running, DueInteraction]:
    running = await a_running_interaction(engine, **columns)
    return running, await claim_interaction(engine, running.interaction_id)


async def end(engine: Engine, row: DueInteraction, ending: Ending = COMPLETED) -> Changed | None:
    async with engine.begin() as tx:
        return await endings.end(tx, row.held, row.job_id, ending)


async def abandon(engine: Engine, row: DueInteraction, ending: Ending = EXPIRED) -> Changed | None:
    async with engine.begin() as tx:
        return await endings.abandon(tx, row.held, row.job_id, ending)


async def keep(engine: Engine, held: Held, raw: bytes = BYTES, *, readable: bool = True) -> bool:
    async with engine.begin() as tx:
        return await endings.keep(tx, held, raw=raw, content_type=JSON, readable=readable)


async def result_row(engine: Engine, running: Running) -> RowMapping:
    rows = await read(engine, "SELECT * FROM result WHERE interaction_id = :id", id=running.interaction_id)
    return rows[0]


async def test_bytes_are_kept_as_received_before_anything_is_made_of_them(engine: Engine) -> None:
    running, row = await a_claimed_run(engine)
    raw = bytes(range(256)) * 4
    assert await keep(engine, row.held, raw)
    kept = await result_row(engine, running)
    assert (bytes(kept["raw"]), kept["content_type"], kept["readable"]) == (raw, JSON, True)
    assert (kept["derived_at"], kept["text"]) == (None, None)
    assert await status_of(engine, running.job_id) is Status.IN_PROGRESS


async def test_a_later_read_replaces_the_bytes_but_an_unreadable_one_never_a_readable_one(
    engine: Engine,
) -> None:
    running, row = await a_claimed_run(engine)
    for raw, readable, stays in (
        (b"<html>", False, b"<html>"),
        (b"<html2>", False, b"<html2>"),
        (b"{1}", True, b"{1}"),
        (b"<html3>", False, b"{1}"),
        (b"{2}", True, b"{2}"),
    ):
        assert await keep(engine, row.held, raw, readable=readable)
        assert bytes((await result_row(engine, running))["raw"]) == stays


async def test_what_was_derived_stands_beside_its_bytes_and_holds_no_nul(engine: Engine) -> None:
    running, row = await a_claimed_run(engine)
    await keep(engine, row.held)
    made = Derivation(
        text="第一代\x00TPU \ud83d",
        citations=[{"title": "a\x00b", "url": "https://x.example"}],
        artifacts=[{"kind": "image"}],
        usage={"total_tokens": 3},
        revision="steps",
        parsed={"\x00key": ["\udc00", float("nan")]},
        parse_error="bad \ud800 end",
    )
    async with engine.begin() as tx:
        await endings.derived(tx, running.interaction_id, made)
    kept = await result_row(engine, running)
    assert kept["text"] == "第一代�TPU �"
    assert kept["citations"] == [{"title": "a�b", "url": "https://x.example"}]
    assert kept["parsed"] == {"�key": ["�", None]}
    assert kept["parse_error"] == "bad � end"
    assert (kept["usage"], kept["revision"], kept["derive_error"]) == ({"total_tokens": 3}, "steps", None)
    assert kept["derived_at"] is not None


async def test_an_empty_derivation_is_null_and_its_error_is_kept(engine: Engine) -> None:
    running, row = await a_claimed_run(engine)
    await keep(engine, row.held)
    async with engine.begin() as tx:
        await endings.derived(tx, running.interaction_id, Derivation(error="RecursionError"))
    kept = await result_row(engine, running)
    assert (kept["text"], kept["usage"], kept["citations"]) == (None, None, [])
    assert kept["derive_error"] == "RecursionError"


async def test_an_end_closes_run_and_job_and_tells_it_once(engine: Engine) -> None:
    running, row = await a_claimed_run(engine, webhook_url="https://receiver.example/hook")
    changed = await end(engine, row)
    assert changed is not None
    assert changed.status is Status.COMPLETED
    job, run = await job_row(engine, running.job_id), await interaction_row(engine, running.interaction_id)
    assert (job["status"], job["usage"], job["error"]) == ("completed", {"total_tokens": 7}, None)
    assert job["finished_at"] is not None
    assert (run["running"], run["upstream_status"], run["role"]) == (False, "completed", "collect")
    assert (run["due_at"], run["deadline_at"], run["claimed_at"]) == (None, None, None)
    assert run["ended_at"] is not None
    assert await event_types(engine, running.job_id) == ["job.created", "job.started", "job.completed"]
    assert [delivery["id"] for delivery in await delivery_rows(engine, running.job_id)] == [changed.delivery_id]
    [told] = await read(engine, "SELECT data, interaction_id FROM event WHERE type = 'job.completed'")
    assert told["data"] == {"status": "completed", "error": None, "usage": {"total_tokens": 7}, "preview": "TPU"}
    assert told["interaction_id"] == running.interaction_id


async def test_a_second_end_is_none_and_changes_nothing(engine: Engine) -> None:
    running, row = await a_claimed_run(engine)
    await end(engine, row)
    before = await job_row(engine, running.job_id)
    again = await claim_interaction(engine, running.interaction_id)
    assert again.ended
    for status in TERMINAL:
        assert await end(engine, again, Ending(status=status, upstream_status="failed")) is None
        again = await claim_interaction(engine, running.interaction_id)
    assert await job_row(engine, running.job_id) == before


async def test_of_many_that_end_one_run_at_once_one_does(engine: Engine) -> None:
    _, row = await a_claimed_run(engine)
    outcomes = await asyncio.gather(*(end(engine, row) for _ in range(12)))
    assert sum(outcome is not None for outcome in outcomes) == 1


async def test_an_end_that_wants_another_look_is_due_then(engine: Engine) -> None:
    running, row = await a_claimed_run(engine)
    await end(engine, row, Ending(status=Status.COMPLETED, upstream_status="completed", look_again=LEASE))
    run = await interaction_row(engine, running.interaction_id)
    assert LEASE - timedelta(seconds=5) < run["due_at"] - await now(engine) <= LEASE


async def test_an_orphans_end_does_not_end_the_job(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    await accept(engine, running.intent, upstream_id="up-2")
    orphan = await claim_interaction(engine, (await interaction_rows(engine, running.job_id))[-1]["id"])
    assert orphan.role == "orphan"
    assert await end(engine, orphan) is None
    assert await status_of(engine, running.job_id) is Status.IN_PROGRESS


async def test_an_abandoned_run_goes_on_being_collected_and_counted(engine: Engine) -> None:
    running, row = await a_claimed_run(engine)
    assert await abandon(engine, row) is not None
    job, run = await job_row(engine, running.job_id), await interaction_row(engine, running.interaction_id)
    assert job["status"] == "expired"
    assert (run["running"], run["role"], run["ended_at"], run["deadline_at"]) == (True, "collect", None, None)
    assert run["due_at"] is not None
    assert await abandon(engine, await claim_interaction(engine, running.interaction_id)) is None


async def test_a_late_result_is_told_beside_the_end_and_does_not_change_it(engine: Engine) -> None:
    running, row = await a_claimed_run(engine, webhook_url="https://receiver.example/hook")
    await abandon(engine, row)
    collector = await claim_interaction(engine, running.interaction_id)
    assert collector.role == "collect"
    assert await keep(engine, collector.held)
    async with engine.begin() as tx:
        assert await endings.close(tx, collector.held, upstream_status="completed", look_again=None)
        await endings.late_result(tx, running.job_id, preview="late", usage={"total_tokens": 1})
    job, run = await job_row(engine, running.job_id), await interaction_row(engine, running.interaction_id)
    assert (job["status"], job["late_result"], job["usage"]) == ("expired", True, {"total_tokens": 1})
    assert (run["running"], run["upstream_status"], run["due_at"]) == (False, "completed", None)
    assert (await event_types(engine, running.job_id))[-2:] == ["job.expired", "job.late_result"]
    assert len(await delivery_rows(engine, running.job_id)) == 2


async def test_a_living_job_has_no_late_result(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    async with engine.begin() as tx:
        await endings.late_result(tx, running.job_id, preview="x", usage=None)
    job = await job_row(engine, running.job_id)
    assert (job["late_result"], job["status"]) == (False, "in_progress")
    assert await event_types(engine, running.job_id) == ["job.created", "job.started"]


async def test_late_usage_is_written_without_an_event(engine: Engine) -> None:
    running, row = await a_claimed_run(engine)
    await end(engine, row, Ending(status=Status.COMPLETED, upstream_status="completed"))
    async with engine.begin() as tx:
        await endings.late_usage(tx, running.job_id, {"total_tokens": 12})
    assert (await job_row(engine, running.job_id))["usage"] == {"total_tokens": 12}
    assert len(await event_types(engine, running.job_id)) == 3


async def test_a_run_that_asks_for_a_person_hands_the_clock_to_the_job(engine: Engine) -> None:
    running, row = await a_claimed_run(engine, action_deadline_seconds=3600, webhook_url="https://r.example/h")
    async with engine.begin() as tx:
        assert await endings.ask_action(tx, row.held, running.job_id, asked=plan_asked("A plan")) is not None
    job, run = await job_row(engine, running.job_id), await interaction_row(engine, running.interaction_id)
    assert (job["status"], run["running"], run["due_at"]) == ("requires_action", False, None)
    assert timedelta(minutes=59) < job["due_at"] - await now(engine) <= timedelta(hours=1)
    assert len(await delivery_rows(engine, running.job_id)) == 1
    await advance(engine, timedelta(hours=1))
    assert (await claim_job(engine, running.job_id)).status is Status.REQUIRES_ACTION


async def test_every_ending_of_the_upstream_has_its_state_and_event(engine: Engine) -> None:
    for number, status in enumerate(sorted(TERMINAL)):
        running, row = await a_claimed_run(engine, upstream_id=f"up-{number}")
        changed = await end(engine, row, Ending(status=status, upstream_status=status.value, error={"code": "c"}))
        assert changed is not None
        assert (await event_types(engine, running.job_id))[-1] == f"job.{status.value}"
        assert (await job_row(engine, running.job_id))["error"] == {"code": "c"}


async def test_an_end_and_a_cancel_in_any_order_leave_one_end(engine: Engine) -> None:
    async def cancel(running: Running) -> None:
        async with engine.begin() as tx:
            await request_cancel(tx, "default", running.job_id)

    for number in range(10):
        running, row = await a_claimed_run(engine, upstream_id=f"up-{number}")
        await asyncio.gather(end(engine, row), cancel(running), return_exceptions=True)
        assert await status_of(engine, running.job_id) is Status.COMPLETED
        assert (await event_types(engine, running.job_id)).count("job.completed") == 1
