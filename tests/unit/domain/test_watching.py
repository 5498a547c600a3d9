"""Does each look at a run do what is owed: to its job, to whoever asked for a cancel, to the deadline?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.watching import (
    CANCEL_AGAIN,
    CANCEL_PATIENCE,
    Facts,
    Step,
    after_read,
    before_read,
    in_the_dark,
)

AGES = st.none() | st.timedeltas(min_value=timedelta(), max_value=timedelta(days=90))
ANY = st.builds(Facts, live=st.booleans(), cancel_age=AGES, cancel_sent_age=AGES, past_deadline=st.booleans())
MOMENT = timedelta(seconds=1)


def facts(
    *,
    live: bool = True,
    cancel_age: timedelta | None = None,
    cancel_sent_age: timedelta | None = None,
    past_deadline: bool = False,
) -> Facts:
    return Facts(live=live, cancel_age=cancel_age, cancel_sent_age=cancel_sent_age, past_deadline=past_deadline)


def test_a_run_that_nobody_wants_stopped_is_watched() -> None:
    assert not before_read(facts())
    assert after_read(facts()) is Step.WATCH


def test_a_cancel_is_asked_for_before_the_read() -> None:
    assert before_read(facts(cancel_age=MOMENT))


@pytest.mark.parametrize(("since", "again"), [(CANCEL_AGAIN - MOMENT, False), (CANCEL_AGAIN, True)])
def test_a_cancel_is_asked_for_again_after_a_minute(since: timedelta, *, again: bool) -> None:
    assert before_read(facts(cancel_age=timedelta(minutes=5), cancel_sent_age=since)) is again


@pytest.mark.parametrize(
    ("age", "step"),
    [(CANCEL_PATIENCE - MOMENT, Step.WATCH), (CANCEL_PATIENCE, Step.GIVE_UP_CANCELLED)],
)
def test_a_run_that_ignores_its_cancel_is_given_up_after_ten_minutes(age: timedelta, step: Step) -> None:
    asked = facts(cancel_age=age, cancel_sent_age=MOMENT)
    assert after_read(asked) is step
    assert in_the_dark(asked, overdue=None) is step


def test_a_run_past_its_deadline_is_asked_to_stop_and_given_up_if_it_was_asked_before() -> None:
    assert after_read(facts(past_deadline=True)) is Step.ASK_CANCEL
    assert after_read(facts(past_deadline=True, cancel_sent_age=MOMENT)) is Step.GIVE_UP_EXPIRED


def test_a_persons_cancel_comes_before_the_deadline() -> None:
    both = facts(cancel_age=CANCEL_PATIENCE, cancel_sent_age=MOMENT, past_deadline=True)
    assert after_read(both) is Step.GIVE_UP_CANCELLED
    assert in_the_dark(both, overdue=CANCEL_PATIENCE) is Step.GIVE_UP_CANCELLED


@pytest.mark.parametrize(
    ("overdue", "step"),
    [(None, Step.WATCH), (CANCEL_PATIENCE - MOMENT, Step.WATCH), (CANCEL_PATIENCE, Step.GIVE_UP_EXPIRED)],
)
def test_an_upstream_out_of_reach_at_the_deadline_is_waited_for(overdue: timedelta | None, step: Step) -> None:
    assert in_the_dark(facts(past_deadline=overdue is not None), overdue=overdue) is step


@given(ANY, AGES)
def test_a_run_whose_job_has_ended_is_only_ever_watched(any_facts: Facts, overdue: timedelta | None) -> None:
    gone = facts(live=False, cancel_age=any_facts.cancel_age, past_deadline=any_facts.past_deadline)
    assert after_read(gone) is Step.WATCH
    assert in_the_dark(gone, overdue=overdue) is Step.WATCH


@given(ANY)
def test_nothing_is_given_up_as_cancelled_that_nobody_asked_to_cancel(any_facts: Facts) -> None:
    if after_read(any_facts) is Step.GIVE_UP_CANCELLED:
        assert any_facts.cancel_age is not None


@given(ANY)
def test_nothing_expires_before_its_deadline(any_facts: Facts) -> None:
    if after_read(any_facts) in {Step.GIVE_UP_EXPIRED, Step.ASK_CANCEL}:
        assert any_facts.past_deadline
