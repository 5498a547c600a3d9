"""Does the learned policy spend the reads that it is given, within its bounds, where ends are likely?"""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.policy.simulation import drawn, exponential, learned, taught, watched
from benchmarks.policy.worlds import WORLDS, bimodal, lognormal
from longwatch.domain.hazard import EDGES, Hazard
from longwatch.domain.learned import JITTER, Forecast, Learned, forecast, plan

HAZARD = taught(lognormal, past=1000, seed=1)
PLAN = plan(HAZARD, reads_a_run=12)
RATES = st.lists(st.floats(min_value=1e-9, max_value=10), min_size=len(EDGES) - 1, max_size=len(EDGES) - 1)
AGES = st.floats(min_value=0, max_value=200_000)


@given(RATES.map(lambda rates: Hazard(tuple(rates))), AGES, st.integers(min_value=0, max_value=2**32))
def test_no_wait_leaves_its_bounds_whatever_was_learned(hazard: Hazard, age: float, seed: int) -> None:
    wait = plan(hazard, reads_a_run=12).delay(timedelta(seconds=age), random.Random(seed)).total_seconds()
    assert (1 - JITTER) * max(2, 0.01 * min(age, EDGES[-2]) / 1.12) - 1e-5 <= wait
    assert wait <= (1 + JITTER) * max(60, 0.1 * min(age * 1.25, EDGES[-1])) + 1e-5


@given(AGES, st.integers(min_value=0, max_value=2**32))
def test_the_same_luck_gives_the_same_delay(age: float, seed: int) -> None:
    at = timedelta(seconds=age)
    assert PLAN.delay(at, random.Random(seed)) == PLAN.delay(at, random.Random(seed))


@given(
    st.floats(min_value=0, max_value=50_000),
    st.floats(min_value=0.1, max_value=3),
    st.floats(min_value=0.1, max_value=3),
)
def test_two_waits_in_turn_are_one_wait_for_both(age: float, first: float, second: float) -> None:
    at_once = PLAN.wait(age, first + second)
    then = PLAN.wait(age, first)
    assert then + PLAN.wait(age + then, second) == pytest.approx(at_once, rel=1e-6)


def test_reads_come_thickest_where_ends_do() -> None:
    assert PLAN.wait(0) >= 50
    assert PLAN.wait(500) < 0.6 * PLAN.wait(60)
    valley, hill = (plan(taught(bimodal, past=1000, seed=2), reads_a_run=12).wait(age) for age in (330, 150))
    assert hill < 0.5 * valley


def test_more_reads_buy_less_lag() -> None:
    lags = [came_to(plan(HAZARD, reads_a_run=reads)).lag for reads in (6, 8, 12, 20, 40)]
    assert lags == sorted(lags, reverse=True)
    assert lags[-1] < 0.25 * lags[0]


def came_to(policy: Learned) -> Forecast:
    return forecast(HAZARD, lambda _made, age: policy.wait(age))


@pytest.mark.parametrize("reads", [8, 12, 20])
def test_the_reads_that_are_meant_are_the_reads_that_are_made(reads: float) -> None:
    made = watched(drawn(lognormal, runs=4000, seed=4), learned(HAZARD, reads=reads, seed=5))
    assert made.reads == pytest.approx(reads, rel=0.08)


@pytest.mark.parametrize("name", WORLDS)
def test_a_forecast_comes_true(name: str) -> None:
    hazard = taught(WORLDS[name], past=3000, seed=6)
    durations = drawn(WORLDS[name], runs=4000, seed=7)
    for foreseen, seen in (
        (forecast(hazard, lambda made, _age: min(5 * 1.5**made, 60)), watched(durations, exponential())),
        (
            forecast(hazard, lambda _made, age: plan(hazard, reads_a_run=12).wait(age)),
            watched(durations, learned(hazard, reads=12, seed=8)),
        ),
    ):
        assert foreseen.reads == pytest.approx(seen.reads, rel=0.08)
        assert foreseen.lag == pytest.approx(seen.lag, rel=0.2)


def test_a_run_that_never_ends_is_read_ever_more_rarely() -> None:
    assert PLAN.wait(3 * 3600) >= 0.01 * 3 * 3600 / 1.12
    assert PLAN.wait(10**6) <= 0.1 * EDGES[-1] * 1.1
