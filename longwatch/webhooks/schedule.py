"""When is a webhook tried again? The schedule of the Standard Webhooks specification."""

import random
from datetime import timedelta

SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.1


def next_delay(
    attempt_number: int,
    rng: random.Random,
    retry_after: timedelta | None = None,
) -> timedelta | None:
    """Return the wait after attempt *attempt_number* (from 1) failed, at least *retry_after*; None once spent."""
    if attempt_number > len(SCHEDULE):
        return None
    planned = SCHEDULE[max(attempt_number, 1) - 1]
    return max(planned, retry_after or timedelta()) * (1 + rng.uniform(0, JITTER))
