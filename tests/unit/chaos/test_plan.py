"""Is a run its seed's, and as hard as it must be to count?"""

from collections import Counter
from pathlib import Path

import pytest

from chaos.__main__ import keep, kept_seeds
from chaos.faults import KILLS, STOPS, STOPS_WORKERS, Fault
from chaos.plan import Act, Scale, acts
from chaos.producer import wishes
from chaos.rigour import FEWEST_OF_A_KIND
from chaos.run import Order
from chaos.upstream import rules
from simulator.script import Rules

SHORT, LONG = Scale(seconds=90, lease=6), Scale(seconds=1800, lease=30)


def planned(seed: int, scale: Scale = SHORT) -> list[Act]:
    return [act for track in acts(seed, scale).values() for act in track]


def test_a_seed_repeats_its_run_and_another_does_not() -> None:
    assert acts(1, SHORT) == acts(1, SHORT) != acts(2, SHORT)
    assert wishes(1, jobs=50, seconds=90) == wishes(1, jobs=50, seconds=90) != wishes(2, jobs=50, seconds=90)


@pytest.mark.parametrize("scale", [SHORT, LONG])
def test_every_kind_of_harm_is_planned_as_often_as_a_run_needs(scale: Scale) -> None:
    done = Counter(act.fault for act in planned(3, scale))
    assert done == dict.fromkeys(Fault, FEWEST_OF_A_KIND)


def test_of_many_jobs_more_creates_must_be_open_for_a_kill() -> None:
    assert [Order(seed=1, jobs=jobs, scale=SHORT).worthwhile for jobs in (20, 150, 1000)] == [2, 2, 12]


def test_each_track_is_in_order_and_within_the_time_of_faults() -> None:
    for track in acts(3, SHORT).values():
        assert [act.at for act in track] == sorted(act.at for act in track)
        assert all(0 <= act.at <= SHORT.seconds for act in track)


def test_a_worker_is_stopped_for_longer_than_a_lease() -> None:
    stops = [act for act in planned(3) if act.fault in STOPS & STOPS_WORKERS]
    assert stops
    assert all(act.lasts > SHORT.lease for act in stops)


def test_a_long_run_takes_the_broker_away_for_minutes() -> None:
    assert all(act.lasts >= 120 for act in planned(3, LONG) if act.fault is Fault.BROKER_DOWN)


def test_kills_and_stops_are_apart() -> None:
    assert not KILLS & STOPS


def test_wishes_are_spread_over_the_time_of_faults_and_differ() -> None:
    wanted = wishes(3, jobs=200, seconds=90)
    assert {wish.policy for wish in wanted} == {"hold", "resubmit", "fail"}
    assert any(wish.streamed for wish in wanted)
    assert any(wish.cancel_after is not None for wish in wanted)
    assert max(wish.at for wish in wanted) < 90


@pytest.mark.parametrize("fault", [None, *Fault])
def test_what_the_upstream_is_told_is_a_script_that_it_knows(fault: Fault | None) -> None:
    active = frozenset() if fault is None else frozenset({fault})
    Rules.model_validate({"rules": rules(active, seed=7, create_seconds=2)})


def test_the_kept_seeds_are_at_least_three() -> None:
    assert len(set(kept_seeds())) >= 3


def test_a_create_takes_long_enough_to_be_open_at_a_kill_and_not_too_long_to_end() -> None:
    assert [Scale(seconds=seconds, lease=6).create_seconds for seconds in (5, 60, 900)] == [1, 3, 5]


def test_a_seed_that_broke_a_promise_is_kept_once_with_what_it_broke(tmp_path: Path) -> None:
    kept = tmp_path / "seeds.txt"
    kept.write_text("# why\n1\n")
    assert keep(9, {"No job is lost.", "An end has an event."}, "150 jobs, 90 s", kept)
    assert not keep(9, {"No job is lost."}, "150 jobs, 90 s", kept)
    assert kept_seeds(kept) == [1, 9]
    assert kept.read_text().endswith("9  # 150 jobs, 90 s, not held: An end has an event. No job is lost.\n")
