import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.rhythm import GRAIN, Rhythm, every


def test_delays_grow_to_the_cap() -> None:
    assert [round(Rhythm().delay(taken), 3) for taken in range(6)] == [0.4, 0.6, 0.9, 1.35, 2.0, 2.0]


@pytest.mark.parametrize(("lasts", "polls"), [(0.1, 1), (0.4, 1), (0.41, 2), (1.0, 2), (8.0, 7)])
def test_a_run_is_polled_until_the_first_poll_after_its_end(lasts: float, polls: int) -> None:
    assert Rhythm().polls(lasts) == polls


@given(st.floats(0.01, 600))
def test_lateness_never_makes_more_polls_due(lasts: float) -> None:
    assert 1 <= Rhythm().polls(lasts, late=GRAIN) <= Rhythm().polls(lasts)


def test_a_fixed_interval_is_a_rhythm_that_does_not_grow() -> None:
    assert {every(60).delay(taken) for taken in range(100)} == {60}


def test_a_peer_reads_the_rhythm_that_it_was_told() -> None:
    rhythm = Rhythm(first=1.5, factor=2, cap=30)
    assert Rhythm.read(rhythm.environment()["BENCH_RHYTHM"]) == rhythm
