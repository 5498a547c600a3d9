"""Does the scheduler learn from what has ended, in time, once, and without being misled by a crowd?"""

import asyncio
from datetime import timedelta

import pytest

from benchmarks.policy.simulation import drawn
from benchmarks.policy.worlds import lognormal
from longwatch.domain.hazard import Hazard
from longwatch.store import durations, hazards
from longwatch.store.engine import Engine
from longwatch.store.hazards import Freshness, Lesson
from scheduler.pacing import NowAndThen
from scheduler.refitting import NEWEST, Refitting, spans, window
from tests.support.past import past_runs, runs_at_work
from tests.support.plans import analyze, plans_of
from tests.support.store import AGENT, a_job, advance, execute, read

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


async def refit(engine: Engine) -> None:
    assert await Refitting(engine).run_once() == 0


async def lesson(engine: Engine, agent: str = AGENT) -> Lesson:
    async with engine.begin() as tx:
        return (await hazards.lessons(tx))[agent]


async def taught(engine: Engine, agent: str = AGENT) -> Hazard:
    hazard = (await lesson(engine, agent)).hazard
    assert hazard is not None
    return hazard


async def stale(engine: Engine) -> list[str]:
    async with engine.begin() as tx:
        return list(await hazards.stale(tx, Freshness()))


async def test_nothing_is_learned_of_an_agent_whose_runs_have_not_ended(engine: Engine) -> None:
    await a_job(engine)
    await runs_at_work(engine, [300.0] * 10)
    await refit(engine)
    assert await read(engine, "SELECT * FROM hazard") == []


async def test_every_agent_is_learned_apart(engine: Engine) -> None:
    await past_runs(engine, drawn(lognormal, runs=400, seed=1))
    await past_runs(engine, [seconds / 10 for seconds in drawn(lognormal, runs=400, seed=2)], agent="quick")
    await refit(engine)
    assert (await taught(engine)).quantile(0.5) == pytest.approx(360, rel=0.12)
    assert (await taught(engine, "quick")).quantile(0.5) == pytest.approx(36, rel=0.12)
    assert (await lesson(engine)).ends == 400


async def test_it_is_in_use_from_the_hundredth_end_on(engine: Engine) -> None:
    await past_runs(engine, drawn(lognormal, runs=99, seed=1), since=600)
    await refit(engine)
    async with engine.begin() as tx:
        assert await hazards.in_use(tx) == {}
    assert (await lesson(engine)).ends == 99
    await advance(engine, timedelta(minutes=11))
    await past_runs(engine, [300.0])
    await refit(engine)
    async with engine.begin() as tx:
        assert (await hazards.in_use(tx)).keys() == {AGENT}


async def test_runs_that_were_stopped_do_not_count_as_ends(engine: Engine) -> None:
    await past_runs(engine, drawn(lognormal, runs=150, seed=1))
    await execute(engine, "UPDATE interaction SET cancel_requested_at = ended_at WHERE random() < 2")
    await refit(engine)
    assert (await lesson(engine)).ends == 0
    assert (await lesson(engine)).hazard is None


async def test_a_crowd_that_began_at_once_is_not_judged_by_its_first_to_end(engine: Engine) -> None:
    crowd = sorted(drawn(lognormal, runs=5000, seed=3))
    ended = crowd[:100]
    await past_runs(engine, ended, apart=0.01)
    await runs_at_work(engine, [ended[-1]] * (len(crowd) - len(ended)))
    await refit(engine)
    assert (await taught(engine)).quantile(0.1) > ended[-1]


async def test_older_ends_that_are_left_out_do_not_make_runs_look_long(engine: Engine) -> None:
    lasting = drawn(lognormal, runs=3 * NEWEST, seed=4)
    await past_runs(engine, lasting, apart=0.1)
    await runs_at_work(engine, drawn(lognormal, runs=2000, seed=5))
    async with engine.begin() as tx:
        past, at_work = await durations.past_runs(tx, AGENT, limit=NEWEST), await durations.at_work(tx, AGENT)
    assert len(past) == NEWEST
    assert window(past) == pytest.approx(timedelta(seconds=NEWEST * 0.1), abs=timedelta(seconds=5))
    watched = list(spans(past, at_work, window=window(past)))
    assert sum(span.number for span in watched) == NEWEST + 2000
    assert max(span.left - span.entered for span in watched) <= window(past).total_seconds() + 1


async def test_it_is_learned_anew_after_enough_ends_or_some_patience(engine: Engine) -> None:
    await past_runs(engine, [300.0] * 5)
    assert await stale(engine) == [AGENT]
    await refit(engine)
    assert await stale(engine) == []
    await advance(engine, 2 * MINUTE)
    await past_runs(engine, [300.0], apart=0.1)
    assert await stale(engine) == []
    await past_runs(engine, [300.0] * 20, apart=0.1)
    assert await stale(engine) == [AGENT]
    await refit(engine)
    await advance(engine, 11 * MINUTE)
    assert await stale(engine) == []
    await past_runs(engine, [300.0], apart=0.1)
    assert await stale(engine) == [AGENT]


async def test_several_schedulers_learn_once(engine: Engine) -> None:
    await past_runs(engine, drawn(lognormal, runs=200, seed=1))
    async with engine.begin() as first, engine.begin() as second:
        assert await hazards.stale(first, Freshness()) == [AGENT]
        assert await hazards.stale(second, Freshness()) == []
    await asyncio.gather(*(refit(engine) for _ in range(4)))
    assert len(await read(engine, "SELECT * FROM hazard")) == 1
    assert await stale(engine) == []


async def test_between_two_rounds_nothing_is_asked_of_the_database(engine: Engine) -> None:
    duty = NowAndThen(Refitting(engine), every=timedelta(hours=1))
    await duty.run_once()
    await past_runs(engine, [300.0] * 50)
    await duty.run_once()
    assert await read(engine, "SELECT * FROM hazard") == []


async def test_whose_lesson_is_old_is_found_by_index(engine: Engine) -> None:
    await past_runs(engine, [300.0] * 30_000, apart=0.01)
    await refit(engine)
    await analyze(engine)
    plan = await plans_of(engine, lambda tx: hazards.stale(tx, Freshness()))
    assert "interaction_ended on interaction" in plan
    assert "Seq Scan on interaction" not in plan


async def test_what_another_release_learned_in_other_bins_teaches_nothing(engine: Engine) -> None:
    async with engine.begin() as tx:
        await hazards.keep(tx, AGENT, Hazard((0.1, 0.2)), ends=500)
        assert (await hazards.lessons(tx))[AGENT].hazard is None
        assert await hazards.in_use(tx) == {}
