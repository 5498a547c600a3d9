"""How often may a job be told again? So many a second in all, and each job that only goes on once a minute."""

from collections import OrderedDict
from uuid import UUID

from longwatch.domain.clock import Clock

EVENTS_A_SECOND = 20
REPEAT_SECONDS = 60.0
JOBS_REMEMBERED = 10_000


class Budget:
    """A token bucket that holds one second's worth."""

    def __init__(self, clock: Clock, *, rate: int = EVENTS_A_SECOND) -> None:
        self._clock = clock
        self._rate = rate
        self._tokens = float(rate)
        self._filled = clock.monotonic()

    def take(self) -> bool:
        """Spend one token; False if there is none."""
        now = self._clock.monotonic()
        self._tokens = min(self._rate, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class LastTold:
    """When each of the latest jobs was told last; the longest untold are forgotten first."""

    def __init__(self, clock: Clock, *, size: int = JOBS_REMEMBERED) -> None:
        self._clock = clock
        self._size = size
        self._at: OrderedDict[UUID, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._at)

    def note(self, job_id: UUID) -> None:
        """Remember that the job is told now."""
        self._at[job_id] = self._clock.monotonic()
        self._at.move_to_end(job_id)
        if len(self._at) > self._size:
            self._at.popitem(last=False)

    def long_ago(self, job_id: UUID) -> bool:
        """Say whether the job has not been told for a minute."""
        told = self._at.get(job_id)
        return told is None or self._clock.monotonic() - told >= REPEAT_SECONDS
