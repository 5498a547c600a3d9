"""Is each stream read by one follower at a time, and does a stale one write nothing?"""

from datetime import timedelta

import pytest

from longwatch.store import deleting, streams
from longwatch.store.engine import Engine
from longwatch.store.statements import text
from longwatch.store.streams import DueStream, StreamEvent
from tests.support.store import LEASE, Running, a_running_interaction, advance, execute, interaction_row, read

pytestmark = pytest.mark.anyio

FIRST, SECOND = StreamEvent("e1", b'{"event_type":"step.start"}'), StreamEvent(None, b'{"event_type":"step.delta"}')


async def claim(engine: Engine, *, limit: int = 10) -> list[DueStream]:
    async with engine.begin() as tx:
        return await streams.claim(tx, limit=limit, lease=LEASE)


async def append(engine: Engine, row: DueStream, position: int, *events: StreamEvent) -> bool:
    async with engine.begin() as tx:
        return await streams.append(tx, row, position=position, events=events)


async def a_stream(engine: Engine, upstream_id: str = "up-1") -> tuple[Running, DueStream]:
    running = await a_running_interaction(engine, upstream_id=upstream_id, watch="stream")
    [row] = await claim(engine)
    return running, row


async def test_only_what_asks_for_it_is_followed(engine: Engine) -> None:
    await a_running_interaction(engine, upstream_id="up-0")
    running, row = await a_stream(engine)
    assert (row.id, row.upstream_id, row.failures, row.ended) == (running.interaction_id, "up-1", 0, False)
    assert await claim(engine) == []


async def test_a_lease_that_lapses_lets_another_in_and_the_first_writes_no_more(engine: Engine) -> None:
    _, stale = await a_stream(engine)
    assert await append(engine, stale, 0, FIRST)
    await advance(engine, LEASE + timedelta(seconds=1))
    [row] = await claim(engine)
    assert not await append(engine, stale, 1, SECOND)
    assert await append(engine, row, 1, SECOND)
    async with engine.begin() as tx:
        await streams.finish(tx, stale)
        assert await streams.renew(tx, [stale], lease=LEASE) == set()
        assert await streams.renew(tx, [row], lease=LEASE) == {row.id}
    assert (await interaction_row(engine, row.id))["stream_sealed_at"] is None


async def test_it_is_taken_up_after_the_newest_token_less_what_came_without(engine: Engine) -> None:
    _, row = await a_stream(engine)
    async with engine.begin() as tx:
        assert await streams.tail(tx, row.id) == streams.Tail(position=0, event_id=None, beyond=0)
    await append(engine, row, 0, SECOND, FIRST, SECOND, SECOND)
    async with engine.begin() as tx:
        assert await streams.tail(tx, row.id) == streams.Tail(position=4, event_id="e1", beyond=2)
        assert [event.position for event in await streams.page(tx, row.id, position=1, limit=2)] == [1, 2]


async def test_a_sealed_stream_takes_nothing_more(engine: Engine) -> None:
    _, row = await a_stream(engine)
    async with engine.begin() as tx:
        await streams.seal(tx, row.id)
    assert not await append(engine, row, 0, FIRST)
    assert await claim(engine) == []


async def test_a_deleted_job_keeps_no_stream(engine: Engine) -> None:
    running, row = await a_stream(engine)
    await append(engine, row, 0, FIRST)
    async with engine.begin() as tx:
        await deleting.delete(tx, "default", running.job_id)
    assert await read(engine, "SELECT * FROM stream_event") == []
    assert not await append(engine, row, 1, SECOND)


async def test_the_end_of_a_stream_has_the_run_read_at_once(engine: Engine) -> None:
    _, row = await a_stream(engine)
    await execute(engine, "UPDATE interaction SET due_at = lw_now() + interval '1 h'")
    async with engine.begin() as tx:
        await streams.finish(tx, row)
    found = await read(engine, "SELECT due_at <= lw_now() AS due, wake, stream_due_at FROM interaction")
    assert (found[0]["due"], found[0]["stream_due_at"]) == (True, None)


async def test_a_broken_stream_is_planned_again_and_a_poll_is_not_disturbed(engine: Engine) -> None:
    _, row = await a_stream(engine)
    before = await interaction_row(engine, row.id)
    async with engine.begin() as tx:
        await streams.again(tx, row, delay=timedelta(seconds=5), failures=1)
        assert await streams.next_due(tx) == pytest.approx(timedelta(seconds=5), abs=timedelta(seconds=1))
    after = await interaction_row(engine, row.id)
    assert (after["due_at"], after["wake"], after["claim"]) == (before["due_at"], before["wake"], before["claim"])
    assert await claim(engine) == []
    await advance(engine, timedelta(seconds=6))
    assert [(again.claim, again.failures) for again in await claim(engine)] == [(row.claim + 1, 1)]


async def test_a_run_that_is_watched_by_polls_is_followed_once_somebody_streams_it(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    async with engine.begin() as tx:
        await streams.follow(tx, running.job_id, running.interaction_id)
    assert [row.id for row in await claim(engine)] == [running.interaction_id]


async def test_the_claim_keeps_to_its_limit_and_finds_streams_by_their_index(engine: Engine) -> None:
    for number in range(3):
        await a_running_interaction(engine, upstream_id=f"up-{number}", watch="stream")
    assert len(await claim(engine, limit=2)) == 2
    async with engine.begin() as tx:
        await tx.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await tx.execute(text("EXPLAIN SELECT id FROM interaction WHERE stream_due_at <= lw_now()"))
        assert "interaction_stream_due" in "\n".join(row[0] for row in plan)
