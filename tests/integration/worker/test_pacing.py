"""Are runs read as their agent's past teaches, through scheduler, database and worker as they are shipped?"""

import random
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.policy.simulation import drawn, exponential, watched
from benchmarks.policy.worlds import lognormal
from longwatch.domain.clock import Clock
from longwatch.store.engine import Engine
from scheduler.refitting import Refitting
from tests.support.house import House, house_settings
from tests.support.live_simulator import RESEARCHER
from tests.support.past import past_runs
from tests.support.plans import statements
from tests.support.store import AGENT, execute
from worker.pacing import Pacing

pytestmark = pytest.mark.anyio


def a_pacing(engine: Engine, **settings: Any) -> Pacing:
    return Pacing(engine, house_settings(**settings), clock=Clock(), rng=random.Random(7))


@pytest.fixture
async def experienced(engine: Engine) -> Engine:
    """A database whose agent has a thousand past runs, of which a scheduler has learned."""
    await past_runs(engine, drawn(lognormal, runs=1000, seed=1))
    await Refitting(engine).run_once()
    return engine


def wait_of(pacing: Pacing, agent: str, made: int, age: float) -> float:
    return pacing.delay(agent, taken=made, age=timedelta(seconds=age)).total_seconds()


async def test_from_a_thousand_past_runs_ends_are_seen_sooner_at_no_more_reads(experienced: Engine) -> None:
    pacing, durations = a_pacing(experienced), drawn(lognormal, runs=3000, seed=2)
    await pacing.refresh()
    ours = watched(durations, lambda made, age: wait_of(pacing, AGENT, made, age))
    plain = watched(durations, exponential())
    assert ours.reads <= 1.03 * plain.reads
    assert ours.lag <= 0.65 * plain.lag


async def test_an_agent_without_a_past_is_read_plainly(experienced: Engine) -> None:
    pacing = a_pacing(experienced)
    await pacing.refresh()
    assert [wait_of(pacing, "new", made, 10.0 * made) for made in range(3)] == [5, 7.5, 11.25]
    assert wait_of(pacing, AGENT, 0, 0) > 50


async def test_a_setting_keeps_every_agent_at_the_plain_pace(experienced: Engine) -> None:
    pacing = a_pacing(experienced, poll_policy="exponential")
    with statements(experienced) as sent:
        await pacing.refresh()
    assert sent == []
    assert wait_of(pacing, AGENT, 0, 0) == 5


async def test_a_setting_buys_lag_with_reads(experienced: Engine) -> None:
    durations = drawn(lognormal, runs=1000, seed=3)
    seen = []
    for reads in (8, 12, 24):
        pacing = a_pacing(experienced, polls_per_job=reads)
        await pacing.refresh()
        seen.append(watched(durations, lambda made, age, pacing=pacing: wait_of(pacing, AGENT, made, age)))
    assert [outcome.reads for outcome in seen] == [pytest.approx(reads, rel=0.1) for reads in (8, 12, 24)]
    assert seen[0].lag > 1.3 * seen[1].lag > 1.69 * seen[2].lag


async def test_many_batches_ask_the_database_once(experienced: Engine) -> None:
    pacing = a_pacing(experienced)
    with statements(experienced) as sent:
        for _ in range(50):
            await pacing.refresh()
    assert len(sent) == 1


async def test_a_run_is_read_when_its_agents_past_says(engine: Engine, home: House) -> None:
    await past_runs(engine, drawn(lognormal, runs=1000, seed=1), agent=RESEARCHER)
    await Refitting(engine).run_once()
    await home.runtime.pacing.refresh()
    job = await home.job()
    await home.running(job)
    row = await home.interaction(job)
    assert timedelta(seconds=53) < row["due_at"] - row["answered_at"] < timedelta(seconds=67)
    await home.later(68)
    again = await home.interaction(job)
    assert again["polls"] == 1
    assert (
        timedelta(seconds=40) < again["due_at"] - again["answered_at"] - timedelta(seconds=68) < timedelta(seconds=62)
    )


async def test_what_is_unlearned_is_forgotten(experienced: Engine) -> None:
    pacing = Pacing(experienced, house_settings(), clock=HurriedClock(), rng=random.Random(7))
    await pacing.refresh()
    assert wait_of(pacing, AGENT, 0, 0) > 50
    await execute(experienced, "DELETE FROM hazard")
    await pacing.refresh()
    assert wait_of(pacing, AGENT, 0, 0) < 10


class HurriedClock(Clock):
    """A clock by which a minute passes between any two looks."""

    __slots__ = ("_minutes",)

    def __init__(self) -> None:
        object.__setattr__(self, "_minutes", iter(range(0, 10**6, 60)))

    def monotonic(self) -> float:
        return float(next(self._minutes))
