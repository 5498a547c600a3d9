"""When is a running interaction read next? Pure: age and luck in, a duration out."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Exponential:
    """Delays that grow by a factor from `first` to `cap`, each spread by ±`jitter` of itself."""

    first: timedelta = timedelta(seconds=5)
    factor: float = 1.5
    cap: timedelta = timedelta(seconds=60)
    jitter: float = 0.2

    def delay(self, taken: int, rng: random.Random) -> timedelta:
        """Return how long to wait after *taken* earlier waits (0 or more)."""
        return spread(self.middle(taken), self.jitter, rng)

    def middle(self, taken: int) -> timedelta:
        """Return what that wait is spread around."""
        return self.first * min(self.factor ** min(taken, 64), self.cap / self.first)


def spread(delay: timedelta, jitter: float, rng: random.Random) -> timedelta:
    """Return *delay* moved by up to ±*jitter* of itself."""
    return delay * (1 + jitter * (2 * rng.random() - 1))


READ_TROUBLE = Exponential(first=timedelta(seconds=2), factor=2.0, cap=timedelta(minutes=2))
"""After a read that failed for a passing reason."""

CREATE_REFUSED = Exponential(first=timedelta(seconds=2), factor=2.0, cap=timedelta(minutes=5))
"""After a create that was not sent, or refused for a passing reason."""

MISSING = Exponential(first=timedelta(seconds=3), factor=1.6, cap=timedelta(minutes=10))
"""While the upstream does not show a run that it created."""

COLLECTING = Exponential(first=timedelta(seconds=5), factor=1.5, cap=timedelta(minutes=10))
"""After the job has ended and the run upstream has not."""

LANE_PAUSE = timedelta(minutes=5)
"""How long nothing is created with a key, or for an agent, that the upstream has refused as such."""

SLOWLY = timedelta(hours=1)
"""Between reads of a run that nobody waits for any more."""

SLOWLY_AFTER = timedelta(days=1)
