"""What happened between two moments? CPU by part, operations served, and wall time."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks import accounting
from benchmarks.runners.runner import Running
from benchmarks.upstream import Counts, FakeUpstream
from longwatch.domain.clock import Clock


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clocks and counters say at one moment."""

    at: float
    cpu: Mapping[str, float]
    counts: Counts


def read(running: Running, upstream: FakeUpstream) -> Reading:
    """Read everything now."""
    return Reading(Clock().monotonic(), accounting.cpu(running.groups), upstream.counts())


@dataclass(frozen=True, slots=True)
class Span:
    """What lies between two readings."""

    seconds: float
    cpu: Mapping[str, float]
    counts: Counts

    @classmethod
    def between(cls, before: Reading, after: Reading) -> "Span":
        """Return the difference."""
        cpu = accounting.since(before.cpu, after.cpu)
        return cls(after.at - before.at, cpu, after.counts - before.counts)

    @property
    def spent(self) -> float:
        """Return the seconds of CPU of all parts."""
        return sum(self.cpu.values())

    @property
    def cores(self) -> float:
        """Return how many cores all parts kept busy."""
        return self.spent / self.seconds

    def each(self, operations: int) -> float:
        """Return the milliseconds of CPU for each of *operations*."""
        return 1000 * self.spent / operations if operations else float("nan")
