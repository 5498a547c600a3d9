"""When is a run polled? The same exponential plan for every runner, and how many polls it makes due."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

GRAIN = 0.25
"""Seconds by which a poll may be late without being called missed: runners look at their queues in ticks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Delays in seconds that grow by a factor from `first` to `cap`."""

    first: float = 0.4
    factor: float = 1.5
    cap: float = 2.0

    def delay(self, taken: int) -> float:
        """Return how long to wait after *taken* polls."""
        return float(min(self.first * self.factor ** min(taken, 64), self.cap))

    def polls(self, lasts: float, *, late: float = 0.0) -> int:
        """Return how many polls see a run of *lasts* seconds to its end when each comes *late* seconds late."""
        for number, age in zip(count(1), self._ages(late), strict=False):
            if age >= lasts:
                return number
        raise AssertionError("ages grow without end")

    def _ages(self, late: float) -> Iterator[float]:
        age = 0.0
        for taken in count():
            age += self.delay(taken) + late
            yield age

    def environment(self) -> dict[str, str]:
        """Return what tells a peer's process this rhythm."""
        return {"BENCH_RHYTHM": f"{self.first} {self.factor} {self.cap}"}

    @classmethod
    def read(cls, said: str) -> "Rhythm":
        """Return the rhythm that `environment` wrote."""
        first, factor, cap = map(float, said.split())
        return cls(first=first, factor=factor, cap=cap)


def every(seconds: float) -> Rhythm:
    """Return the rhythm of one poll each so many seconds."""
    return Rhythm(first=seconds, factor=1.0, cap=seconds)
