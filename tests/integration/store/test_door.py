"""Does every change of a job go through one door: guarded, numbered without gaps, told in the same transaction?"""

import asyncio
import itertools
import uuid
from datetime import timedelta
from typing import Any

import pytest

from longwatch.domain import ids
from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.events import DEFAULT_WEBHOOKS, ENDINGS, EventType, NewEvent
from longwatch.domain.states import TERMINAL, Status, legal, sources
from longwatch.store import door
from longwatch.store.door import NO_ATTENTION, Change, Changed, after, marked
from longwatch.store.engine import Engine
from tests.support.store import a_job, delivery_rows, event_types, execute, job_row, now, read, status_of

pytestmark = pytest.mark.anyio

URL = "https://receiver.example/hook"
PAIRS = list(itertools.product(Status, Status))
PROGRESS = NewEvent(EventType.PROGRESS, {"text": "reading"})


async def change(engine: Engine, wanted: Change) -> Changed | None:
    async with engine.begin() as tx:
        return await door.change(tx, wanted)


async def put(engine: Engine, job_id: uuid.UUID, status: Status) -> None:
    await execute(engine, "UPDATE job SET status = :status WHERE id = :id", id=job_id, status=status.value)


async def test_every_legal_step_is_taken_and_every_illegal_one_is_refused(engine: Engine) -> None:
    job_id = await a_job(engine)
    for source, target in PAIRS:
        await put(engine, job_id, source)
        changed = await change(engine, Change(job_id=job_id, to=target)) if sources(target) else None
        assert (changed is not None) == legal(source, target), (source, target)
        assert await status_of(engine, job_id) is (target if legal(source, target) else source)


async def test_asking_for_an_illegal_step_by_name_is_the_callers_fault(engine: Engine) -> None:
    job_id = await a_job(engine)
    for source, target in [pair for pair in PAIRS if not legal(*pair)]:
        await put(engine, job_id, source)
        with pytest.raises(ValueError, match="no job may go from"):
            await change(engine, Change(job_id=job_id, to=target, expect=(source,)))
        assert await status_of(engine, job_id) is source


async def test_an_unknown_job_is_not_changed(engine: Engine) -> None:
    assert await change(engine, Change(job_id=ids.new(), to=Status.SUBMITTING)) is None


async def test_a_change_outside_its_expectation_writes_nothing(engine: Engine) -> None:
    job_id = await a_job(engine, webhook_url=URL)
    wanted = Change(
        job_id=job_id, to=Status.CANCELLED, expect=(Status.IN_PROGRESS,), event=NewEvent(EventType.CANCELLED)
    )
    assert await change(engine, wanted) is None
    assert await event_types(engine, job_id) == ["job.created"]
    assert await delivery_rows(engine, job_id) == []


async def test_twenty_concurrent_writers_leave_no_gap_in_the_sequence(engine: Engine) -> None:
    job_id = await a_job(engine)

    async def write() -> list[int]:
        changes = [await change(engine, Change(job_id=job_id, event=PROGRESS)) for _ in range(5)]
        return [changed.sequence for changed in changes if changed is not None]

    told = sorted(itertools.chain(*await asyncio.gather(*(write() for _ in range(20)))))
    assert told == list(range(2, 102))
    stored = await read(engine, "SELECT sequence FROM event WHERE job_id = :id ORDER BY sequence", id=job_id)
    assert [row["sequence"] for row in stored] == list(range(1, 102))
    assert (await job_row(engine, job_id))["last_sequence"] == 101


async def test_a_reader_never_sees_a_sequence_before_the_ones_below_it(engine: Engine) -> None:
    job_id = await a_job(engine)
    gaps = "SELECT max(sequence) - count(*) AS missing FROM event WHERE job_id = :id"

    async def write() -> None:
        for _ in range(20):
            await change(engine, Change(job_id=job_id, event=PROGRESS))

    writers = [asyncio.create_task(write()) for _ in range(5)]
    while not all(writer.done() for writer in writers):
        assert (await read(engine, gaps, id=job_id))[0]["missing"] == 0
    await asyncio.gather(*writers)


async def test_a_rolled_back_change_leaves_neither_state_nor_event_nor_delivery(engine: Engine) -> None:
    job_id = await a_job(engine, webhook_url=URL)
    async with engine.connect() as undone:
        event = NewEvent(EventType.CANCELLED)
        changed = await door.change(undone, Change(job_id=job_id, to=Status.CANCELLED, event=event))
        assert changed is not None
        assert changed.delivery_id is not None
    assert await status_of(engine, job_id) is Status.QUEUED
    assert await event_types(engine, job_id) == ["job.created"]
    assert await delivery_rows(engine, job_id) == []
    again = await change(engine, Change(job_id=job_id, event=PROGRESS))
    assert again is not None
    assert again.sequence == 2


async def delivered(engine: Engine, **columns: Any) -> set[EventType]:
    """Return which events, of all there are, make a delivery for such a job."""
    job_id = await a_job(engine, **columns)
    changes = {kind: await change(engine, Change(job_id=job_id, event=NewEvent(kind))) for kind in EventType}
    made = {kind for kind, changed in changes.items() if changed is not None and changed.delivery_id is not None}
    assert len(await delivery_rows(engine, job_id)) == len(made)
    return made


async def test_by_default_a_delivery_is_made_for_all_but_the_start(engine: Engine) -> None:
    assert await delivered(engine, webhook_url=URL) == DEFAULT_WEBHOOKS


async def test_a_list_of_wanted_events_is_kept_to(engine: Engine) -> None:
    wanted = {EventType.STARTED, EventType.COMPLETED}
    assert await delivered(engine, webhook_url=URL, webhook_events=[kind.value for kind in wanted]) == wanted
    assert await delivered(engine, webhook_url=URL, webhook_events=[]) == set()


async def test_without_an_address_nothing_is_delivered(engine: Engine) -> None:
    assert await delivered(engine) == set()


async def test_a_delivery_is_due_at_once_unless_its_writer_holds_it(engine: Engine) -> None:
    free, held = await a_job(engine, webhook_url=URL), await a_job(engine, webhook_url=URL)
    event, lease = NewEvent(EventType.CANCELLED), timedelta(seconds=30)
    await change(engine, Change(job_id=free, to=Status.CANCELLED, event=event))
    await change(engine, Change(job_id=held, to=Status.CANCELLED, event=event, hold=lease))
    [loose], [taken] = await delivery_rows(engine, free), await delivery_rows(engine, held)
    assert (loose["claim"], loose["claimed_at"]) == (0, None)
    assert loose["due_at"] <= await now(engine)
    assert (taken["claim"], taken["due_at"] - taken["claimed_at"]) == (1, lease)


async def test_an_end_carries_its_status_and_is_final(engine: Engine) -> None:
    for status in TERMINAL:
        job_id = await a_job(engine)
        await put(engine, job_id, Status.IN_PROGRESS)
        event = NewEvent(ENDINGS[status], {"error": None})
        assert await change(engine, Change(job_id=job_id, to=status, event=event)) is not None
        for other in TERMINAL:
            assert await change(engine, Change(job_id=job_id, to=other, event=NewEvent(ENDINGS[other]))) is None
        [told] = await read(engine, "SELECT data FROM event WHERE job_id = :id AND sequence > 1", id=job_id)
        assert told["data"] == {"status": status.value, "error": None}


async def test_a_fenced_change_needs_the_claim_and_a_running_lease(engine: Engine) -> None:
    job_id = await a_job(engine)
    await execute(engine, "UPDATE job SET claim = 7, claimed_at = lw_now() WHERE id = :id", id=job_id)
    assert await change(engine, Change(job_id=job_id, event=PROGRESS, claim=6)) is None
    assert await change(engine, Change(job_id=job_id, event=PROGRESS, claim=7)) is not None
    await execute(engine, "UPDATE job SET claimed_at = NULL WHERE id = :id", id=job_id)
    assert await change(engine, Change(job_id=job_id, event=PROGRESS, claim=7)) is None


async def test_columns_take_values_json_and_instants_of_the_databases_clock(engine: Engine) -> None:
    job_id = await a_job(engine)
    fields = {"error": {"code": "x", "message": "π\x00"}, "usage": None, "due_at": after(timedelta(minutes=5))}
    await change(engine, Change(job_id=job_id, fields=fields))
    row = await job_row(engine, job_id)
    assert row["error"] == {"code": "x", "message": "π�"}
    assert row["usage"] is None
    assert timedelta(minutes=4) < row["due_at"] - await now(engine) <= timedelta(minutes=5)


async def test_a_mark_counts_from_when_it_was_first_put_on_and_starts_anew_for_another_reason(
    engine: Engine,
) -> None:
    job_id = await a_job(engine)
    stuck = Attention(AttentionCode.STUCK, "no news\x00 for an hour")
    await change(engine, Change(job_id=job_id, fields=marked(stuck)))
    first = await job_row(engine, job_id)
    assert first["attention_detail"] == "no news� for an hour"
    await change(engine, Change(job_id=job_id, fields=marked(stuck)))
    assert (await job_row(engine, job_id))["attention_since"] == first["attention_since"]
    await change(engine, Change(job_id=job_id, fields=marked(Attention(AttentionCode.QUOTA, "none"))))
    assert (await job_row(engine, job_id))["attention_since"] > first["attention_since"]
    await change(engine, Change(job_id=job_id, fields=NO_ATTENTION))
    assert (await job_row(engine, job_id))["attention_since"] is None
