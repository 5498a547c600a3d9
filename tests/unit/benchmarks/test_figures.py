import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import Spread, percentile, short

FINITE = st.floats(-1e9, 1e9)


def test_a_spread_shows_the_median_with_the_least_and_the_most() -> None:
    assert str(Spread.of([3.0, 1.0, 2.0])) == "2.00 (1.00-3.00)"


def test_one_round_has_no_brackets() -> None:
    assert str(Spread.of([12.345])) == "12.3"


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.01234, "0.0123"), (1.2345, "1.23"), (45.678, "45.7"), (832.4, "832"), (50_000.4, "50,000")],
)
def test_a_figure_has_three_digits_and_no_powers(value: float, words: str) -> None:
    assert short(value) == words


def test_what_was_not_measured_is_a_dash() -> None:
    assert short(math.nan) == "-"
    assert math.isnan(percentile([], 0.5))


@given(st.lists(FINITE, min_size=1), st.floats(0, 1))
def test_a_percentile_is_the_least_value_that_enough_do_not_exceed(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert sum(value <= found for value in values) >= share * len(values)
    assert found == min(values) or sum(value < found for value in values) < share * len(values)
