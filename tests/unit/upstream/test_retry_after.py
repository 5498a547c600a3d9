"""Is the wait that the upstream asks for understood, and bounded?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.retry_after import LONGEST, duration, retry_after

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("1.5", 1.5),
        ("38s", 38),
        ("-5", 0),
        ("999999999", 3600),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30),
        ("Sunday, 22-Nov-26 12:00:30 GMT", 30),
        ("Sun, 22 Nov 2026 13:00:30 +0100", 30),
        ("Sun, 22 Nov 2026 12:00:30 -0000", 30),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("Sun, 22 Nov 2027 12:00:00 GMT", 3600),
    ],
)
def test_seconds_and_dates_are_understood(header: str, seconds: float) -> None:
    assert retry_after(header, now=NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("header", [None, "", "soon", "nan", "inf", "-inf", "s", "Sun, 99 Nov 2026 99:00:00 GMT"])
def test_what_is_no_wait_is_none(header: str | None) -> None:
    assert retry_after(header, now=NOW) is None


@pytest.mark.parametrize("value", [None, 3, "3", "s", "ns", [], {}])
def test_what_is_no_protobuf_duration_is_none(value: object) -> None:
    assert duration(value) is None


@given(st.text())
def test_no_header_makes_it_raise_or_wait_longer_than_an_hour(header: str) -> None:
    wait = retry_after(header, now=NOW)
    assert wait is None or timedelta(0) <= wait <= LONGEST
