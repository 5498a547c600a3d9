import uuid

from hypothesis import given
from hypothesis import strategies as st

from tests.support.hand import Hand
from worker.flower_budget import REPEAT_SECONDS, Budget, LastTold


def a_clock() -> Hand:
    return Hand([1000.0])


def test_a_second_holds_twenty_and_no_more() -> None:
    budget = Budget(a_clock())
    assert [budget.take() for _ in range(22)] == [True] * 20 + [False] * 2


def test_what_is_spent_comes_back_with_time() -> None:
    clock = a_clock()
    budget = Budget(clock)
    assert all(budget.take() for _ in range(20))
    clock.at[0] += 0.1
    assert [budget.take() for _ in range(3)] == [True, True, False]


@given(st.lists(st.floats(0, 5), min_size=1, max_size=50))
def test_no_stretch_of_time_sees_more_than_its_share(steps: list[float]) -> None:
    clock = a_clock()
    budget = Budget(clock, rate=20)
    taken = 0
    for step in steps:
        clock.at[0] += step
        taken += sum(budget.take() for _ in range(30))
    assert taken <= 20 + 20 * sum(steps) + 1e-6


def test_a_job_is_told_again_only_after_a_minute() -> None:
    clock = a_clock()
    told, job = LastTold(clock), uuid.UUID(int=1)
    assert told.long_ago(job)
    told.note(job)
    clock.at[0] += REPEAT_SECONDS - 1
    assert not told.long_ago(job)
    clock.at[0] += 1
    assert told.long_ago(job)


def test_only_so_many_jobs_are_remembered_and_the_longest_untold_go_first() -> None:
    told = LastTold(a_clock(), size=3)
    first, *others = jobs = [uuid.UUID(int=number) for number in range(4)]
    for job in (*jobs[:3], jobs[1], jobs[3]):
        told.note(job)
    assert len(told) == 3
    assert told.long_ago(first)
    assert not any(told.long_ago(job) for job in others)
