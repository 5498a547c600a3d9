"""Do delays grow, stay within their bounds, and depend on nothing but what is passed in?"""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.polling import COLLECTING, CREATE_REFUSED, MISSING, READ_TROUBLE, Exponential, spread

PLAIN = Exponential()
STEADY = Exponential(jitter=0)
TAKEN = st.integers(min_value=0, max_value=10**9)
SEEDS = st.integers(min_value=0, max_value=2**32)


def test_the_plain_mode_starts_at_five_seconds_and_grows_by_half_to_a_minute() -> None:
    delays = [STEADY.delay(taken, random.Random(0)).total_seconds() for taken in range(9)]
    assert delays == pytest.approx([5, 7.5, 11.25, 16.875, 25.3125, 37.96875, 56.953125, 60, 60])


@given(TAKEN, SEEDS)
def test_no_delay_leaves_its_bounds_however_often_it_was_taken(taken: int, seed: int) -> None:
    delay = PLAIN.delay(taken, random.Random(seed))
    assert timedelta(seconds=4) <= delay <= timedelta(seconds=72)


@given(TAKEN, SEEDS)
def test_the_same_luck_gives_the_same_delay(taken: int, seed: int) -> None:
    assert PLAIN.delay(taken, random.Random(seed)) == PLAIN.delay(taken, random.Random(seed))


@given(TAKEN)
def test_without_jitter_delays_never_shrink(taken: int) -> None:
    assert STEADY.delay(taken + 1, random.Random(0)) >= STEADY.delay(taken, random.Random(0))


@pytest.mark.parametrize("policy", [READ_TROUBLE, CREATE_REFUSED, MISSING, COLLECTING])
@given(taken=TAKEN, seed=SEEDS)
def test_every_backoff_is_bounded_by_its_cap_and_jitter(policy: Exponential, taken: int, seed: int) -> None:
    delay = policy.delay(taken, random.Random(seed))
    assert policy.first * (1 - policy.jitter) <= delay <= policy.cap * (1 + policy.jitter)


@given(st.floats(min_value=0, max_value=0.9), SEEDS)
def test_a_spread_moves_a_delay_by_at_most_its_share(jitter: float, seed: int) -> None:
    moved = spread(timedelta(seconds=10), jitter, random.Random(seed)).total_seconds()
    assert 10 * (1 - jitter) - 1e-5 <= moved <= 10 * (1 + jitter) + 1e-5


def test_a_thousand_delays_are_spread_evenly_around_their_middle() -> None:
    rng = random.Random(7)
    delays = [spread(timedelta(seconds=10), 0.2, rng).total_seconds() for _ in range(1000)]
    assert sum(delays) / len(delays) == pytest.approx(10, abs=0.15)
    assert max(delays) - min(delays) > 3.5
