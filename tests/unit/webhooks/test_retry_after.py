"""Is Retry-After read in both of its forms, and is nonsense harmless?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.webhooks.retry_after import LONGEST_WAIT, read_retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("0", timedelta()),
        ("120", timedelta(seconds=120)),
        (" 120 ", timedelta(seconds=120)),
        ("86400", timedelta(hours=24)),
        ("Sun, 22 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Sun, 22 Nov 2026 13:05:00 +0100", timedelta(minutes=5)),
        ("Sun, 22 Nov 2026 12:05:00", timedelta(minutes=5)),
    ],
)
def test_seconds_and_dates_are_read(value: str, wait: timedelta) -> None:
    assert read_retry_after(value, now=NOW) == wait


@pytest.mark.parametrize("value", ["86401", "9" * 400, "Sun, 22 Nov 2099 12:00:00 GMT"])
def test_no_receiver_can_put_us_off_for_more_than_a_day(value: str) -> None:
    assert read_retry_after(value, now=NOW) == LONGEST_WAIT


def test_a_date_that_has_passed_means_now() -> None:
    assert read_retry_after("Sun, 22 Nov 2026 11:00:00 GMT", now=NOW) == timedelta()


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "1.5", "٣", "Mon, 01 Jan 99999999999 00:00:00 GMT"])
def test_what_cannot_be_read_asks_for_nothing(value: str | None) -> None:
    assert read_retry_after(value, now=NOW) is None


@given(st.text())
def test_no_header_is_ever_an_exception(value: str) -> None:
    wait = read_retry_after(value, now=NOW)
    assert wait is None or timedelta() <= wait <= LONGEST_WAIT
