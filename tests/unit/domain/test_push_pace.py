"""Does push slow the reads only while it keeps its word, and never stop them?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.push_pace import FORGIVEN, LAST_ENDINGS, Promise, Record, paced

SAFETY = timedelta(minutes=5)
MINUTE = timedelta(seconds=60)
SECONDS = st.integers(min_value=0, max_value=100_000).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("told", "missed", "trusted"),
    [
        (0, 0, False),
        (1, 0, True),
        (LAST_ENDINGS, 0, True),
        (LAST_ENDINGS - FORGIVEN, FORGIVEN, True),
        (LAST_ENDINGS - FORGIVEN - 1, FORGIVEN + 1, False),
        (0, FORGIVEN, False),
    ],
)
def test_push_is_trusted_once_it_has_spoken_and_while_it_misses_no_more_than_a_few(
    told: int, missed: int, *, trusted: bool
) -> None:
    assert Record(told=told, missed=missed).trusted is trusted


def test_a_run_that_push_is_to_tell_of_is_read_at_the_safety_pace() -> None:
    assert paced(MINUTE, Promise(relied_on=True), safety=SAFETY) == SAFETY


def test_a_run_that_push_is_not_relied_on_for_is_read_as_planned() -> None:
    assert paced(MINUTE, Promise(relied_on=False), safety=SAFETY) == MINUTE


def test_a_plan_that_is_slower_than_the_safety_pace_stays() -> None:
    assert paced(timedelta(hours=1), Promise(relied_on=True), safety=SAFETY) == timedelta(hours=1)


def test_a_run_told_ended_but_found_at_work_is_read_again_soon_and_then_ever_more_slowly() -> None:
    ages, waits = [timedelta(milliseconds=100)], []
    for _ in range(8):
        waits.append(paced(MINUTE, Promise(relied_on=True, told_age=ages[-1]), safety=SAFETY).total_seconds())
        ages.append(ages[-1] + timedelta(seconds=waits[-1]))
    assert [round(wait, 1) for wait in waits] == [2.0, 2.1, 4.2, 8.4, 16.8, 33.6, 60.0, 60.0]


PROMISES = st.builds(Promise, relied_on=st.booleans(), told_age=st.none() | SECONDS)


@given(SECONDS, PROMISES, SECONDS)
def test_the_next_read_is_never_put_off_for_ever(planned: timedelta, promise: Promise, safety: timedelta) -> None:
    wait = paced(planned, promise, safety=safety)
    assert timedelta(0) <= wait <= max(planned, safety)
    if promise.told_age is not None:
        assert wait <= planned
