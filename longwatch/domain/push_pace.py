"""How often is a run read whose end the upstream has promised to tell? Pure: what push has done so far in, a delay out.

Push is a hint. A run that push is to tell of is read at a safety pace, and at the pace of everybody else as soon as
push has not kept its word.
"""

from dataclasses import dataclass
from datetime import timedelta

LAST_ENDINGS = 20
"""How many of the newest endings push is judged by."""
FORGIVEN = 2
"""How many of those it may miss."""
IN_TIME = timedelta(seconds=60)
"""How long after an end its push may come; later, it has missed it."""

_SOON = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Of the newest endings that push was to tell: how many it told in time, and how many it did not."""

    told: int
    missed: int

    @property
    def trusted(self) -> bool:
        """Return whether push keeps its word: it has spoken, and missed no more than a few."""
        return self.told > 0 and self.missed <= FORGIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What push owes of one run: whether it is relied on to tell the end, and how long ago it did (None: not yet)."""

    relied_on: bool
    told_age: timedelta | None = None


def paced(planned: timedelta, promise: Promise, *, safety: timedelta) -> timedelta:
    """Return how long to wait where *planned* is the plain policy's word.

    A run that push has called ended, and that a read still finds at work, is read again soon, then ever more slowly.
    """
    if promise.told_age is not None:
        return min(planned, max(_SOON, promise.told_age))
    return max(planned, safety) if promise.relied_on else planned
