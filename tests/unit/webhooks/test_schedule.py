"""Is a delivery tried for as long as promised, and never earlier than it should be?"""

import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.webhooks.schedule import JITTER, SCHEDULE, next_delay

ATTEMPTS = st.integers(1, len(SCHEDULE))
SEEDS = st.integers(0, 2**32)
WAITS = st.timedeltas(timedelta(), timedelta(hours=24))


def test_the_schedule_is_the_specifications_and_lasts_over_three_days() -> None:
    assert sum(SCHEDULE, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    assert len(SCHEDULE) + 1 == 10


@given(ATTEMPTS, SEEDS)
def test_jitter_only_adds_and_at_most_a_tenth(attempt: int, seed: int) -> None:
    delay = next_delay(attempt, random.Random(seed))
    assert delay is not None
    assert SCHEDULE[attempt - 1] <= delay <= SCHEDULE[attempt - 1] * (1 + JITTER)


@given(ATTEMPTS, SEEDS, WAITS)
def test_a_receiver_is_never_called_before_it_asked_to_be(attempt: int, seed: int, wait: timedelta) -> None:
    delay = next_delay(attempt, random.Random(seed), wait)
    assert delay is not None
    assert delay >= max(wait, SCHEDULE[attempt - 1])


@given(ATTEMPTS, SEEDS, WAITS)
def test_a_longer_wish_never_shortens_the_wait(attempt: int, seed: int, wait: timedelta) -> None:
    shorter, longer = (next_delay(attempt, random.Random(seed), wish) for wish in (wait / 2, wait))
    assert shorter is not None
    assert longer is not None
    assert shorter <= longer


@given(ATTEMPTS, SEEDS)
def test_the_same_seed_gives_the_same_delay(attempt: int, seed: int) -> None:
    assert next_delay(attempt, random.Random(seed)) == next_delay(attempt, random.Random(seed))


@given(st.integers(min_value=len(SCHEDULE) + 1), SEEDS, st.none() | WAITS)
def test_after_the_last_attempt_there_is_no_next(attempt: int, seed: int, wait: timedelta | None) -> None:
    assert next_delay(attempt, random.Random(seed), wait) is None


def test_receivers_that_failed_together_are_not_all_called_together() -> None:
    rng = random.Random(7)
    assert len({next_delay(1, rng) for _ in range(100)}) == 100


@pytest.mark.parametrize("attempt", range(1, len(SCHEDULE)))
def test_each_wait_is_longer_than_the_one_before(attempt: int) -> None:
    assert SCHEDULE[attempt - 1] < SCHEDULE[attempt]
