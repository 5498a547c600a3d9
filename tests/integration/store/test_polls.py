"""Is a run that is still at work looked at again in time, and is its job's row left alone?"""

from datetime import timedelta

import pytest

from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.states import Status
from longwatch.store import polls
from longwatch.store.claims import Held, release
from longwatch.store.endings import Ending, end
from longwatch.store.engine import Engine
from longwatch.store.polls import StillRunning
from tests.support.store import (
    Running,
    a_running_interaction,
    advance,
    claim_interaction,
    event_types,
    execute,
    interaction_row,
    job_row,
    now,
    read,
)

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)
STUCK = Attention(AttentionCode.STUCK, "no news for an hour")


def seen(held: Held, *, status: str = "in_progress", delay: timedelta = MINUTE, mark: int | None = 5) -> StillRunning:
    return StillRunning(held=held, delay=delay, upstream_status=status, progress_hash=mark)


async def held_by_us(engine: Engine, running: Running) -> Held:
    return (await claim_interaction(engine, running.interaction_id)).held


async def reschedule(engine: Engine, *rows: StillRunning) -> int:
    async with engine.begin() as tx:
        return len(await polls.reschedule(tx, rows))


async def test_a_batch_is_written_in_one_statement_each_row_with_its_own_plan(engine: Engine) -> None:
    runs = [await a_running_interaction(engine, upstream_id=f"up-{number}") for number in range(5)]
    rows = [seen(await held_by_us(engine, run), delay=MINUTE * (n + 1), mark=n) for n, run in enumerate(runs)]
    await execute(engine, "UPDATE interaction SET failures = 3, missing_since = lw_now()")
    assert await reschedule(engine, *rows[::-1]) == 5
    started = await now(engine)
    for number, run in enumerate(runs):
        row = await interaction_row(engine, run.interaction_id)
        assert timedelta() <= started - (row["due_at"] - MINUTE * (number + 1)) < timedelta(seconds=10)
        assert (row["progress_hash"], row["polls"], row["failures"]) == (number, 1, 0)
        assert (row["missing_since"], row["claimed_at"]) == (None, None)


async def test_a_poll_that_finds_it_running_writes_no_job_row(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    held = await held_by_us(engine, running)
    version = "SELECT xmin::text, ctid::text FROM job"
    before = await read(engine, version)
    await reschedule(engine, seen(held))
    assert await read(engine, version) == before


async def test_nothing_to_write_is_no_statement(engine: Engine) -> None:
    assert await reschedule(engine) == 0


async def test_only_the_rows_that_are_still_ours_are_planned(engine: Engine) -> None:
    ours, lost = [await a_running_interaction(engine, upstream_id=name) for name in ("up-1", "up-2")]
    rows = [await held_by_us(engine, ours), await held_by_us(engine, lost)]
    await execute(engine, "UPDATE interaction SET claim = claim + 1 WHERE id = :id", id=lost.interaction_id)
    async with engine.begin() as tx:
        assert await polls.reschedule(tx, [seen(held) for held in rows]) == {ours.interaction_id}


async def test_no_poll_is_planned_beyond_the_deadline_while_it_is_ahead(engine: Engine) -> None:
    running = await a_running_interaction(engine, deadline_seconds=30)
    await reschedule(engine, seen(await held_by_us(engine, running)))
    row = await interaction_row(engine, running.interaction_id)
    assert row["due_at"] == row["deadline_at"]
    await advance(engine, timedelta(seconds=31))
    await reschedule(engine, seen(await held_by_us(engine, running)))
    late = await interaction_row(engine, running.interaction_id)
    assert late["due_at"] > late["deadline_at"] + timedelta(seconds=50)


async def test_the_deadline_runs_from_when_the_upstream_leaves_its_queue(engine: Engine) -> None:
    running = await a_running_interaction(
        engine, upstream_status="queued", deadline_seconds=600, queued_deadline_seconds=7200
    )
    queued = await interaction_row(engine, running.interaction_id)
    await advance(engine, timedelta(hours=1))
    await reschedule(engine, seen(await held_by_us(engine, running), status="queued"))
    assert (await interaction_row(engine, running.interaction_id))["deadline_at"] == queued["deadline_at"]
    await reschedule(engine, seen(await held_by_us(engine, running), status="in_progress"))
    started = await interaction_row(engine, running.interaction_id)
    assert timedelta(minutes=9) < started["deadline_at"] - await now(engine) <= timedelta(minutes=10)
    await advance(engine, MINUTE)
    await reschedule(engine, seen(await held_by_us(engine, running), status="in_progress"))
    assert (await interaction_row(engine, running.interaction_id))["deadline_at"] == started["deadline_at"]


async def test_trouble_is_counted_until_a_read_succeeds(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    for failures in (1, 2):
        held = await held_by_us(engine, running)
        async with engine.begin() as tx:
            await release(tx, held, delay=MINUTE, assignments="failures = failures + 1")
        assert (await claim_interaction(engine, running.interaction_id)).failures == failures
    await reschedule(engine, seen(await held_by_us(engine, running)))
    assert (await claim_interaction(engine, running.interaction_id)).failures == 0


async def test_progress_is_told_while_the_job_runs_and_not_after(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    async with engine.begin() as tx:
        assert await polls.progress(tx, running.job_id, said="读取来源\x00") is not None
    [told] = await read(engine, "SELECT data FROM event WHERE type = 'job.progress'")
    assert told["data"] == {"status": "in_progress", "text": "读取来源�"}
    held = await held_by_us(engine, running)
    async with engine.begin() as tx:
        await end(tx, held, running.job_id, Ending(status=Status.FAILED, upstream_status="failed"))
        assert await polls.progress(tx, running.job_id, said="more") is None


async def test_a_mark_is_told_once_for_each_reason(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    other = Attention(AttentionCode.UNKNOWN_STATUS, "the upstream says 'pondering\x00'")
    for attention, told in ((STUCK, True), (STUCK, False), (other, True)):
        async with engine.begin() as tx:
            assert (await polls.mark(tx, running.job_id, attention) is not None) is told
    job = await job_row(engine, running.job_id)
    assert (job["attention_code"], job["attention_detail"]) == ("unknown_status", "the upstream says 'pondering�'")
    assert (await event_types(engine, running.job_id)).count("job.attention") == 2


async def test_a_mark_goes_when_its_reason_has_gone(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    async with engine.begin() as tx:
        await polls.mark(tx, running.job_id, Attention(AttentionCode.UPSTREAM_MISSING, "not shown"))
        assert await polls.unmark(tx, running.job_id) is not None
    job = await job_row(engine, running.job_id)
    assert (job["attention_code"], job["attention_since"]) == (None, None)


async def test_a_good_read_takes_off_only_the_marks_that_reads_put_on(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    async with engine.begin() as tx:
        await polls.mark(tx, running.job_id, STUCK)
        assert await polls.unmark(tx, running.job_id) is None
    assert (await job_row(engine, running.job_id))["attention_code"] == "stuck"


async def test_an_ended_job_is_neither_marked_nor_unmarked(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    held = await held_by_us(engine, running)
    async with engine.begin() as tx:
        await end(tx, held, running.job_id, Ending(status=Status.FAILED, upstream_status="failed"))
        assert await polls.mark(tx, running.job_id, STUCK) is None
    assert (await job_row(engine, running.job_id))["attention_code"] is None
