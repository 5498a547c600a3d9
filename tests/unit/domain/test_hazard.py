"""Is what ends learned from what was watched: ends over time, whatever was cut off, joined late or still runs?"""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.hazard import EDGES, Hazard, Span, bin_of, learn

AGES = st.floats(min_value=0.5, max_value=80_000)


def learned(*spans: Span) -> Hazard:
    hazard = learn(spans)
    assert hazard is not None
    return hazard


def exponential(rate: float, number: int, seed: int = 1) -> list[float]:
    rng = random.Random(seed)
    return [rng.expovariate(rate) for _ in range(number)]


def rate_at(hazard: Hazard, age: float) -> float:
    return hazard.rates[bin_of(age)]


def test_nothing_is_learned_from_nothing_and_from_no_end() -> None:
    assert learn([]) is None
    assert learn([Span(left=600, ended=False, number=1000)]) is None


def test_a_constant_hazard_is_found_again() -> None:
    hazard = learned(*(Span(left=age, ended=True) for age in exponential(1 / 300, 5000)))
    for age in (30, 100, 300, 900):
        assert rate_at(hazard, age) == pytest.approx(1 / 300, rel=0.15)
    assert hazard.quantile(0.5) == pytest.approx(300 * math.log(2), rel=0.08)
    assert hazard.quantile(0.95) == pytest.approx(300 * math.log(20), rel=0.08)


def test_runs_that_were_cut_off_count_as_time_and_not_as_ends() -> None:
    ages = exponential(1 / 300, 5000)
    hazard = learned(*(Span(left=min(age, 200), ended=age < 200) for age in ages))
    assert rate_at(hazard, 100) == pytest.approx(1 / 300, rel=0.15)
    assert rate_at(hazard, 10_000) == pytest.approx(1 / 300, rel=0.35)


def test_the_first_ends_of_a_crowd_do_not_make_the_others_look_quick() -> None:
    first_to_end = sorted(exponential(1 / 300, 10_000))[:100]
    alone = learned(*(Span(left=age, ended=True) for age in first_to_end))
    beside = Span(left=first_to_end[-1], ended=False, number=9900)
    whole = learned(*(Span(left=age, ended=True) for age in first_to_end), beside)
    assert alone.quantile(0.5) < 5
    assert whole.quantile(0.5) == pytest.approx(300 * math.log(2), rel=0.4)


def test_what_a_run_lived_through_before_it_was_watched_is_left_out() -> None:
    rng = random.Random(5)
    ages = [(rng.uniform(0, 600), age) for age in exponential(1 / 300, 20_000)]
    late = [Span(entered=entered, left=age, ended=True) for entered, age in ages if age > entered]
    assert rate_at(learned(*late), 100) == pytest.approx(1 / 300, rel=0.15)


def test_where_nobody_was_watched_the_rate_before_goes_on() -> None:
    hazard = learned(*(Span(left=age, ended=True) for age in exponential(1 / 300, 1000)))
    assert hazard.rates[-1] == pytest.approx(rate_at(hazard, 3000), rel=0.3)


@given(st.lists(st.builds(Span, left=AGES, ended=st.booleans()), max_size=30))
def test_whatever_was_seen_every_rate_is_finite_and_above_zero(spans: list[Span]) -> None:
    hazard = learn(spans)
    assert (hazard is None) == (not any(span.ended for span in spans))
    if hazard is not None:
        assert len(hazard.rates) == len(EDGES) - 1
        assert all(0 < rate < math.inf for rate in hazard.rates)
        surviving = hazard.surviving()
        assert surviving[0] == 1
        assert all(0 <= after <= before for before, after in pairwise(surviving))
        widths = (high - low for low, high in pairwise(EDGES))
        times = hazard.working_time()
        assert all(0 <= time <= width + 1e-6 for time, width in zip(times, widths, strict=True))


@given(st.floats(min_value=-10, max_value=10**9))
def test_every_age_has_its_bin(age: float) -> None:
    index = bin_of(age)
    assert 0 <= index < len(EDGES) - 1
    assert EDGES[index] <= max(age, 0)
    assert age < EDGES[index + 1] or index == len(EDGES) - 2


def test_half_of_the_runs_outlive_the_median() -> None:
    hazard = Hazard((math.log(2) / 100,) * (len(EDGES) - 1))
    assert hazard.quantile(0.5) == pytest.approx(100)
    assert hazard.quantile(0) == 0
    assert Hazard((1e-12,) * (len(EDGES) - 1)).quantile(0.5) == EDGES[-1]
    assert sum(hazard.working_time()) == pytest.approx(100 / math.log(2))
