"""Are times and shares told as people read them?"""

import pytest

from longwatch.cli.policy_text import bar, span


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (8.54, "8.5 s"),
        (9.99, "10 s"),
        (48.2, "48 s"),
        (59.7, "1 min"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (875, "14 min"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (93_000, "25 h 50 min"),
    ],
)
def test_a_time_is_told_in_two_units_at_most(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(("share", "drawn"), [(0, ""), (0.005, "▏"), (0.5, "█" * 12), (1, "█" * 24)])
def test_a_bar_is_as_long_as_its_share(share: float, drawn: str) -> None:
    assert bar(share) == drawn
