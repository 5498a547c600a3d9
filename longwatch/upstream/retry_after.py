"""How long does the upstream ask us to wait? Retry-After in both of its forms, and google.rpc.RetryInfo."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=1)


def retry_after(header: str | None, *, now: datetime) -> timedelta | None:
    """Return the wait that a Retry-After *header* asks for, between 0 and one hour; None if it says nothing."""
    if header is None:
        return None
    seconds = header.strip()
    wait = duration(seconds.removesuffix("s") + "s")
    return _until(seconds, now=now) if wait is None else wait


def duration(text: object) -> timedelta | None:
    """Return a protobuf duration such as `38s` or `0.5s`, between 0 and one hour."""
    if not isinstance(text, str) or not text.endswith("s"):
        return None
    try:
        seconds = float(text[:-1])
    except ValueError:
        return None
    return _within(seconds) if math.isfinite(seconds) else None


def _until(date: str, *, now: datetime) -> timedelta | None:
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return _within(((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


def _within(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, 0.0), LONGEST.total_seconds()))
