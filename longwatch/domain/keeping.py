"""When is it high time to read a run that the upstream will forget?"""

from datetime import timedelta

LAST_QUARTER = 4


def alarming(left: timedelta, *, retention: timedelta) -> bool:
    """Say whether less than a quarter is *left* of the time for which the upstream keeps a run."""
    return left < retention / LAST_QUARTER
