"""How long is a run waited for before it is called stuck?"""

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.stuck import DOCUMENTED, ENOUGH_RUNS, SHORTEST, explained, patience

AGES = st.lists(st.timedeltas(timedelta(seconds=1), timedelta(hours=3)), max_size=200)
MINUTE = timedelta(minutes=1)


def test_the_documented_hour_counts_until_enough_runs_are_known() -> None:
    few = patience([MINUTE] * (ENOUGH_RUNS - 1))
    assert few.age == DOCUMENTED
    assert "documentation" in few.words()


def test_it_is_twice_what_99_of_100_runs_took() -> None:
    ages = [MINUTE * (number + 1) for number in range(100)]
    random.Random(1).shuffle(ages)
    limit = patience(ages)
    assert limit.age == MINUTE * 198
    assert limit.words() == "99 of 100 of the last 100 runs of this agent took no longer than 99 min"


def test_one_run_that_took_a_day_does_not_blunt_it() -> None:
    assert patience([*[MINUTE * 6] * 199, timedelta(days=1)]).age == MINUTE * 12


@given(AGES)
def test_it_is_never_shorter_than_ten_minutes_and_calls_at_most_one_of_a_hundred_of_the_past_stuck(
    ages: list[timedelta],
) -> None:
    limit = patience(ages)
    assert limit.age >= SHORTEST
    if len(ages) >= ENOUGH_RUNS:
        assert sum(limit.spent(age=age, silence=age) for age in ages) <= len(ages) / 100


@given(AGES)
def test_an_old_run_that_still_speaks_is_not_stuck(ages: list[timedelta]) -> None:
    limit = patience(ages)
    assert not limit.spent(age=limit.age * 3, silence=limit.silence - MINUTE / 60)
    assert limit.spent(age=limit.age, silence=limit.silence)


def test_the_reason_names_the_age_the_silence_and_what_is_usual() -> None:
    words = explained(patience([MINUTE * 6] * 50), age=MINUTE * 40, silence=MINUTE * 31)
    assert words == (
        "it has run for 40 min, and said nothing new for 31 min; "
        "99 of 100 of the last 50 runs of this agent took no longer than 6 min"
    )
