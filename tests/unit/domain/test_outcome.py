"""Does the end of a run end its job as it should, with the right words?"""

import pytest

from longwatch.domain.attention import AttentionCode
from longwatch.domain.outcome import DEADLINE, EMPTY, UNEXPLAINED, Verdict, judge
from longwatch.domain.states import TERMINAL, Status

SAFETY = {"code": "safety", "message": "Not that topic."}
ENDINGS = ["completed", "failed", "cancelled", "incomplete", "budget_exceeded"]


@pytest.mark.parametrize("status", ENDINGS)
def test_an_ending_upstream_is_the_jobs_own(status: str) -> None:
    verdict = judge(status, empty=False, failure=None, by_deadline=False)
    assert verdict.status == Status(status)
    assert verdict.status in TERMINAL


def test_a_success_carries_no_error_whatever_else_was_said() -> None:
    assert judge("completed", empty=False, failure=SAFETY, by_deadline=True) == Verdict(status=Status.COMPLETED)


def test_a_completed_run_with_nothing_in_it_is_a_failure_that_a_person_should_see() -> None:
    verdict = judge("completed", empty=True, failure=None, by_deadline=False)
    assert (verdict.status, verdict.error) == (Status.FAILED, {"code": "empty_output", "message": EMPTY})
    assert verdict.attention is not None
    assert verdict.attention.code is AttentionCode.EMPTY_OUTPUT


@pytest.mark.parametrize("status", ["incomplete", "budget_exceeded", "cancelled"])
def test_a_run_that_was_cut_short_is_no_failure_even_if_it_is_empty(status: str) -> None:
    assert judge(status, empty=True, failure=None, by_deadline=False).status == Status(status)


def test_a_failure_keeps_the_upstreams_words() -> None:
    assert judge("failed", empty=False, failure=SAFETY, by_deadline=False).error == SAFETY


def test_a_failure_without_words_gets_some() -> None:
    error = judge("failed", empty=False, failure=None, by_deadline=False).error
    assert error == {"code": "upstream_failed", "message": UNEXPLAINED}


def test_a_cancel_that_our_deadline_asked_for_is_an_expiry() -> None:
    verdict = judge("cancelled", empty=False, failure=None, by_deadline=True)
    assert (verdict.status, verdict.error) == (Status.EXPIRED, {"code": "deadline", "message": DEADLINE})


@pytest.mark.parametrize("status", ["completed", "failed", "incomplete", "budget_exceeded"])
def test_any_other_end_wins_over_the_deadline(status: str) -> None:
    assert judge(status, empty=False, failure=None, by_deadline=True).status == Status(status)


def test_what_was_said_about_a_run_that_was_cut_short_is_kept() -> None:
    assert judge("incomplete", empty=False, failure=SAFETY, by_deadline=False).error == SAFETY


@pytest.mark.parametrize("status", ["requires_action", "in_progress"])
def test_a_status_that_ends_nothing_is_not_judged_as_an_ending(status: str) -> None:
    assert judge(status, empty=False, failure=None, by_deadline=False).status not in TERMINAL
