"""Is push judged by what it has really done, by index, and not for ever?"""

from datetime import timedelta

import pytest

from longwatch.domain.push_pace import IN_TIME, LAST_ENDINGS, Record
from longwatch.store import pushes, sightings
from longwatch.store.engine import Engine
from longwatch.store.sightings import KEPT, Chart
from tests.support.plans import analyze, plans_of
from tests.support.store import Running, a_running_interaction, advance, execute, now, read

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def a_run(engine: Engine, name: str) -> Running:
    """Store a running interaction whose create has asked to be told."""
    running = await a_running_interaction(engine, upstream_id=name)
    await execute(engine, "UPDATE interaction SET push_asked = true WHERE id = :id", id=running.interaction_id)
    return running


async def push(engine: Engine, run: Running) -> None:
    async with engine.begin() as tx:
        await pushes.heard(tx, run.upstream_id, named=None)


async def see(engine: Engine, run: Running, *, late: float = 0, by_push: bool = False, expected: bool = True) -> None:
    """Let the end of *run* be seen, so many seconds after it was."""
    ended_at = await now(engine) - timedelta(seconds=late)
    async with engine.begin() as tx:
        await sightings.record(tx, run.interaction_id, by_push=by_push, expected=expected, ended_at=ended_at)
    await execute(engine, "UPDATE interaction SET ended_at = lw_now() WHERE id = :id", id=run.interaction_id)


async def judged(engine: Engine) -> Record:
    async with engine.begin() as tx:
        return await sightings.judged(tx)


async def chart(engine: Engine) -> Chart:
    async with engine.begin() as tx:
        return await sightings.chart(tx)


async def test_an_end_that_push_told_at_once_is_told(engine: Engine) -> None:
    run = await a_run(engine, "up-1")
    await push(engine, run)
    await see(engine, run, late=1, by_push=True)
    assert await judged(engine) == Record(told=1, missed=0)


async def test_an_end_that_a_poll_saw_waits_a_minute_for_its_push(engine: Engine) -> None:
    run = await a_run(engine, "up-1")
    await see(engine, run, late=5)
    assert await judged(engine) == Record(told=0, missed=0)
    await advance(engine, IN_TIME)
    assert await judged(engine) == Record(told=0, missed=1)


async def test_a_push_soon_after_a_poll_has_told_it_in_time(engine: Engine) -> None:
    run = await a_run(engine, "up-1")
    await see(engine, run, late=5)
    await advance(engine, IN_TIME - 10 * SECOND)
    await push(engine, run)
    await advance(engine, 10 * IN_TIME)
    assert await judged(engine) == Record(told=1, missed=0)


async def test_a_push_that_came_first_but_late_has_missed_it(engine: Engine) -> None:
    run = await a_run(engine, "up-1")
    await push(engine, run)
    await see(engine, run, late=90, by_push=True)
    assert await judged(engine) == Record(told=0, missed=1)


async def test_what_was_told_in_time_and_read_late_is_not_pushs_fault(engine: Engine) -> None:
    run = await a_run(engine, "up-1")
    await push(engine, run)
    await advance(engine, timedelta(hours=1))
    await see(engine, run, late=3601, by_push=True)
    assert await judged(engine) == Record(told=1, missed=0)


async def test_an_end_that_nobody_tells_of_is_charted_and_not_judged(engine: Engine) -> None:
    await see(engine, await a_run(engine, "up-1"), late=500, expected=False)
    assert await judged(engine) == Record(told=0, missed=0)
    assert [seen.endings for seen in (await chart(engine)).seen] == [1, 0]


async def test_a_run_that_did_not_ask_to_be_told_leaves_nothing(engine: Engine) -> None:
    await see(engine, await a_running_interaction(engine), late=500)
    assert await read(engine, "SELECT FROM sighting") == []


async def test_an_end_is_noted_once_however_often_it_is_read(engine: Engine) -> None:
    run = await a_run(engine, "up-1")
    await see(engine, run, late=2)
    await execute(engine, "UPDATE interaction SET ended_at = NULL")
    await see(engine, run, late=700, by_push=True)
    [row] = await read(engine, "SELECT seen_by, lag_seconds FROM sighting")
    assert row["seen_by"] == "poll"
    assert 2 <= row["lag_seconds"] < 3


async def test_only_the_newest_endings_count(engine: Engine) -> None:
    for number in range(4):
        await see(engine, await a_run(engine, f"lost-{number}"), late=100)
    assert not (await judged(engine)).trusted
    for number in range(LAST_ENDINGS):
        await advance(engine, SECOND)
        run = await a_run(engine, f"told-{number}")
        await push(engine, run)
        await see(engine, run, by_push=True)
    assert await judged(engine) == Record(told=LAST_ENDINGS, missed=0)


async def test_the_chart_tells_who_was_first_how_late_and_what_failed(engine: Engine) -> None:
    for number, late in enumerate([1, 2, 9]):
        run = await a_run(engine, f"pushed-{number}")
        await push(engine, run)
        await see(engine, run, late=late, by_push=True)
    idle = await a_run(engine, "idle")
    await execute(engine, "UPDATE interaction SET push_idle = true WHERE id = :id", id=idle.interaction_id)
    await see(engine, idle, late=400)
    found = await chart(engine)
    assert [(seen.by, seen.endings, seen.median and round(seen.median)) for seen in found.seen] == [
        ("poll", 1, 400),
        ("push", 3, 2),
    ]
    assert (found.missed, found.idle) == (1, 1)
    await advance(engine, timedelta(hours=2))
    assert [seen.endings for seen in (await chart(engine)).seen] == [0, 0]


async def test_what_is_old_is_neither_judged_nor_kept(engine: Engine) -> None:
    await see(engine, await a_run(engine, "old"), late=100)
    await advance(engine, KEPT + SECOND)
    await see(engine, await a_run(engine, "new"), late=100)
    assert await judged(engine) == Record(told=0, missed=1)
    async with engine.begin() as tx:
        assert [await sightings.prune(tx) for _ in range(2)] == [1, 0]
    assert len(await read(engine, "SELECT FROM sighting")) == 1


async def test_judging_charting_and_pruning_read_an_index_and_not_the_week(engine: Engine) -> None:
    filler = """
    INSERT INTO sighting (interaction_id, seen_at, seen_by, lag_seconds, expected, pushed_at, push_idle)
    SELECT gen_random_uuid(), lw_now() - n * interval '10 s', 'push', 1, true, lw_now() - n * interval '10 s', false
    FROM generate_series(1, 50000) AS n
    """
    await execute(engine, filler)
    await analyze(engine)
    for act in (sightings.judged, sightings.chart, sightings.prune):
        plans = await plans_of(engine, act)
        assert "sighting_seen_at" in plans, plans
        assert "Seq Scan on sighting" not in plans
