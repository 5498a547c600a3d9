"""Does the shipped policy see ends as soon as is claimed? Seeded; `python -m benchmarks.policy` takes its time."""

import pytest

from benchmarks.policy.simulation import drawn, learned, started, stretched, taught, watched
from benchmarks.policy.worlds import WORLDS, shifts

RUNS = 6000
PAST = 1000
SHIFTS = [(name, change) for name in WORLDS for change in shifts(name)]


@pytest.mark.slow
@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("reads", [8, 12, 20])
def test_ends_are_seen_in_two_thirds_of_the_exponential_lag_at_equal_reads(name: str, reads: float) -> None:
    durations, hazard = drawn(WORLDS[name], runs=RUNS, seed=1), taught(WORLDS[name], past=PAST, seed=2)
    ours = watched(durations, learned(hazard, reads=reads, seed=3))
    plain = watched(durations, stretched(durations, reads=ours.reads))
    assert ours.reads == pytest.approx(reads, rel=0.06)
    assert plain.reads == pytest.approx(ours.reads, rel=0.02)
    assert ours.lag <= 0.65 * plain.lag


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("reads", [12, 20])
def test_they_are_so_too_where_its_cap_is_left_at_a_minute(name: str, reads: float) -> None:
    durations, hazard = drawn(WORLDS[name], runs=RUNS // 2, seed=1), taught(WORLDS[name], past=PAST, seed=2)
    ours = watched(durations, learned(hazard, reads=reads, seed=3))
    capped = watched(durations, started(durations, reads=ours.reads))
    assert ours.lag <= 0.65 * capped.lag


@pytest.mark.parametrize(("name", "change"), SHIFTS)
def test_nineteen_of_twenty_ends_are_seen_in_time_after_the_world_has_changed(name: str, change: str) -> None:
    hazard = taught(WORLDS[name], past=PAST, seed=2)
    for reads in (12, 20):
        seen = watched(drawn(shifts(name)[change], runs=RUNS // 3, seed=1), learned(hazard, reads=reads, seed=3))
        assert seen.p95 <= 45
