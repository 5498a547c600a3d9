"""What becomes of an unknown create, row by row of the policy?"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.unknown_submit import COUNTS_AS_RUNNING, RESUBMIT_AFTER, Plan, Policy, plan

HOLD = timedelta(hours=24)
POLICIES: list[Policy] = ["hold", "resubmit", "fail"]


@pytest.mark.parametrize(
    ("policy", "attempt", "expected"),
    [
        ("hold", 1, Plan(HOLD, "fail")),
        ("hold", 2, Plan(HOLD, "fail")),
        ("resubmit", 1, Plan(timedelta(minutes=2), "resubmit")),
        ("resubmit", 2, Plan(HOLD, "fail")),
        ("resubmit", 3, Plan(HOLD, "fail")),
        ("fail", 1, Plan(timedelta(0), "fail")),
        ("fail", 2, Plan(timedelta(0), "fail")),
    ],
)
def test_each_row_of_the_policy(policy: Policy, attempt: int, expected: Plan) -> None:
    assert plan(policy, attempt=attempt, hold=HOLD) == expected


@pytest.mark.parametrize(
    ("policy", "attempt", "expected"),
    [
        ("hold", 1, Plan(COUNTS_AS_RUNNING + HOLD, "fail")),
        ("resubmit", 1, Plan(COUNTS_AS_RUNNING, "resubmit")),
        ("resubmit", 2, Plan(COUNTS_AS_RUNNING + HOLD, "fail")),
        ("fail", 1, Plan(COUNTS_AS_RUNNING, "fail")),
    ],
)
def test_each_row_of_the_policy_while_the_upstreams_word_is_waited_for(
    policy: Policy, attempt: int, expected: Plan
) -> None:
    assert plan(policy, attempt=attempt, hold=HOLD, push_wait=COUNTS_AS_RUNNING) == expected


@given(st.sampled_from(POLICIES), st.integers(min_value=1, max_value=1000))
def test_no_policy_resubmits_more_than_once_or_without_waiting(policy: Policy, attempt: int) -> None:
    made = plan(policy, attempt=attempt, hold=HOLD)
    if made.then == "resubmit":
        assert (policy, attempt) == ("resubmit", 1)
        assert made.wait >= timedelta(minutes=2)


def test_an_unknown_create_takes_a_place_for_longer_than_the_longest_research() -> None:
    assert timedelta(minutes=60) < COUNTS_AS_RUNNING == timedelta(minutes=70)
    assert RESUBMIT_AFTER < COUNTS_AS_RUNNING
