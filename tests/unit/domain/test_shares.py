"""Does each place go to whom it is due, whatever waits: within the limits, in fair shares, by priority, by age?"""

import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.shares import Candidate, LaneLoad, Limits, chosen, most_of_each

START = datetime(2026, 11, 22, tzinfo=UTC)
NUMBERS = count(1)


def lane(number: int, project: str = "a", *, key: str = "k", agent: str = "x", running: int = 0) -> LaneLoad:
    return LaneLoad(id=number, project=project, upstream_key=key, agent=agent, running=running)


def waiting(lane: int, number: int = 1, *, priority: int = 5) -> list[Candidate]:
    moments = [START + timedelta(seconds=next(NUMBERS)) for _ in range(number)]
    return [Candidate(id=uuid.uuid4(), lane=lane, priority=priority, due_at=moment) for moment in moments]


def by_lane(limits: Limits, lanes: list[LaneLoad], candidates: list[Candidate]) -> Counter[int]:
    lane_of = {candidate.id: candidate.lane for candidate in candidates}
    return Counter(lane_of[job_id] for job_id in chosen(limits, lanes, candidates))


def test_ten_thousand_jobs_of_one_tenant_do_not_keep_anothers_one_waiting() -> None:
    crowd, single = waiting(1, 10_000, priority=9), waiting(2)
    first, *_ = chosen(Limits(total=20), [lane(1, "a", running=10), lane(2, "b")], [*crowd, *single])
    assert first == single[0].id


def test_tenants_share_what_there_is_and_nobody_keeps_a_place_that_others_need_not() -> None:
    lanes = [lane(number, project) for number, project in enumerate("abc")]
    candidates = [*waiting(0, 50), *waiting(1, 50), *waiting(2, 2)]
    assert by_lane(Limits(total=20), lanes, candidates) == {0: 9, 1: 9, 2: 2}


def test_who_has_much_at_work_waits_until_the_others_have_as_much() -> None:
    lanes = [lane(0, "a", running=8), lane(1, "b", running=2)]
    assert by_lane(Limits(total=16), lanes, [*waiting(0, 9), *waiting(1, 9)]) == {1: 6}
    assert by_lane(Limits(total=20), lanes, [*waiting(0, 9), *waiting(1, 9)]) == {0: 2, 1: 8}


def test_within_a_project_the_higher_priority_comes_first_then_the_older_job() -> None:
    old, urgent, new = waiting(1), waiting(2, priority=9), waiting(1)
    candidates = [*new, *old, *urgent]
    expected = [urgent[0].id, old[0].id, new[0].id]
    assert chosen(Limits(total=9), [lane(1), lane(2, agent="y")], candidates) == expected


def test_a_job_of_a_lane_that_came_after_the_lanes_were_read_waits_for_the_next_round() -> None:
    candidates = [*waiting(1), *waiting(2)]
    assert by_lane(Limits(total=9), [lane(1)], candidates) == {1: 1}
    assert by_lane(Limits(total=9), [lane(1), lane(2)], candidates) == {1: 1, 2: 1}


def test_a_limit_of_a_key_holds_over_all_projects_and_agents() -> None:
    lanes = [lane(0, "a", key="low", running=1), lane(1, "b", key="low", agent="y"), lane(2, "b", key="high")]
    candidates = [*waiting(0, 5), *waiting(1, 5), *waiting(2, 5)]
    assert by_lane(Limits(total=99, keys={"low": 3}), lanes, candidates) == {0: 1, 1: 1, 2: 5}


def test_a_limit_of_an_agent_or_a_project_leaves_the_others_alone() -> None:
    lanes = [lane(0, "a"), lane(1, "b", agent="y", running=4)]
    candidates = [*waiting(0, 5), *waiting(1, 5)]
    assert by_lane(Limits(total=99, agents={"y": 4}), lanes, candidates) == {0: 5}
    assert by_lane(Limits(total=99, projects={"a": 2}), lanes, candidates) == {0: 2, 1: 5}


def test_a_star_is_the_limit_of_each_that_is_not_named() -> None:
    lanes = [lane(0, "a"), lane(1, "b"), lane(2, "vip")]
    candidates = [*waiting(0, 5), *waiting(1, 5), *waiting(2, 5)]
    assert by_lane(Limits(total=99, projects={"*": 1, "vip": 4}), lanes, candidates) == {0: 1, 1: 1, 2: 4}


def test_jobs_that_may_not_start_do_not_hold_back_those_behind_them() -> None:
    blocked, free = waiting(0, 3, priority=9), waiting(1)
    lanes = [lane(0, key="full", running=2), lane(1)]
    assert chosen(Limits(total=9, keys={"full": 2}), lanes, [*blocked, *free]) == [free[0].id]


NAMES = st.sampled_from("abc")
LANES = st.lists(st.tuples(NAMES, NAMES, NAMES, st.integers(min_value=0, max_value=5)), min_size=1, max_size=6).map(
    lambda rows: [
        lane(n, project, key=key, agent=agent, running=running) for n, (project, key, agent, running) in enumerate(rows)
    ]
)
BOUNDS = st.dictionaries(st.sampled_from("abc*"), st.integers(min_value=1, max_value=6), max_size=3)


LIMITS = st.builds(Limits, total=st.integers(min_value=1, max_value=30), keys=BOUNDS, agents=BOUNDS, projects=BOUNDS)


@given(LANES, LIMITS, st.data())
def test_no_limit_is_ever_passed_and_no_place_left_that_somebody_could_take(
    lanes: list[LaneLoad], limits: Limits, data: st.DataObject
) -> None:
    candidates = [job for lane in lanes for job in waiting(lane.id, data.draw(st.integers(0, 6)))]
    started = by_lane(limits, lanes, candidates)
    after = [lane_with(lane, lane.running + started[lane.id]) for lane in lanes]
    left = [lane for lane in after if sum(job.lane == lane.id for job in candidates) > started[lane.id]]
    assert sum(started.values()) <= max(0, limits.total - sum(lane.running for lane in lanes))
    for lane_left in left:
        assert full(limits, after, lane_left)
    for name, bounds in named(limits):
        for lane_now, lane_before in zip(after, lanes, strict=True):
            value = getattr(lane_now, name)
            bound = bounds.get(value, bounds.get("*"))
            together = sum(other.running for other in after if getattr(other, name) == value)
            assert bound is None or together <= bound or lane_now.running == lane_before.running


def lane_with(lane: LaneLoad, running: int) -> LaneLoad:
    return LaneLoad(id=lane.id, project=lane.project, upstream_key=lane.upstream_key, agent=lane.agent, running=running)


def named(limits: Limits) -> tuple[tuple[str, Mapping[str, int]], ...]:
    return (("upstream_key", limits.keys), ("agent", limits.agents), ("project", limits.projects))


def full(limits: Limits, lanes: list[LaneLoad], wanted: LaneLoad) -> bool:
    if sum(lane.running for lane in lanes) >= limits.total:
        return True
    for name, bounds in named(limits):
        value = getattr(wanted, name)
        together = sum(lane.running for lane in lanes if getattr(lane, name) == value)
        if (bound := bounds.get(value, bounds.get("*"))) is not None and together >= bound:
            return True
    return False


def test_the_more_lanes_there_are_the_fewer_jobs_of_each_are_looked_at() -> None:
    assert [most_of_each(lanes) for lanes in (0, 1, 20, 1000)] == [2000, 2000, 100, 10]
