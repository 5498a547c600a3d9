"""When does a receiver ask us to come back?"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_WAIT = timedelta(hours=24)


def read_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Return the wait that a Retry-After header (seconds or an HTTP date) asks for, 0 to 24 h; None if unreadable."""
    if value is None:
        return None
    text = value.strip()
    wait = _seconds(text) if text.isascii() and text.isdigit() else _until(text, now)
    return None if wait is None else min(max(wait, timedelta()), LONGEST_WAIT)


def _seconds(digits: str) -> timedelta:
    # Nine digits are beyond the limit already, and more would overflow a timedelta.
    return timedelta(seconds=int(digits[:9]))


def _until(text: str, now: datetime) -> timedelta | None:
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
