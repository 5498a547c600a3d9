"""Is a wait estimated from place, share and how long runs take?"""

from dataclasses import replace

import pytest

from longwatch.domain.hazard import EDGES, Hazard
from longwatch.domain.queueing import Queue, expected_wait, share
from longwatch.domain.shares import Limits

FIVE_MINUTES = Hazard((1 / 300,) * (len(EDGES) - 1))
QUEUE = Queue(position=1, project="a", upstream_key="k", agent="x", running=10, sharing=2)


def wait(queue: Queue, limits: Limits) -> float:
    return expected_wait(queue, limits, FIVE_MINUTES).total_seconds()


def test_with_ten_at_work_for_five_minutes_each_a_place_comes_free_every_half_minute() -> None:
    assert wait(QUEUE, Limits(total=20)) == pytest.approx(30, rel=0.01)
    assert wait(replace(QUEUE, position=7), Limits(total=20)) == pytest.approx(210, rel=0.01)


def test_a_newcomer_may_expect_its_fair_share() -> None:
    assert share(replace(QUEUE, running=0, sharing=4), Limits(total=20)) == 5


def test_who_has_more_than_its_share_because_others_need_less_keeps_what_it_has() -> None:
    assert share(replace(QUEUE, running=17, sharing=4), Limits(total=20)) == 17


@pytest.mark.parametrize("limits", [{"keys": {"k": 3}}, {"agents": {"*": 3}}, {"projects": {"a": 3, "*": 1}}])
def test_no_share_is_larger_than_a_limit(limits: dict[str, dict[str, int]]) -> None:
    assert share(QUEUE, Limits(total=20, **limits)) == 3


def test_there_is_always_one_place_to_wait_for() -> None:
    assert share(replace(QUEUE, running=0, sharing=50), Limits(total=20)) == 1
