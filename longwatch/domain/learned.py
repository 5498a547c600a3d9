"""When is a run read next, by what past runs of its agent have taught? Often where ends are likely, rarely elsewhere.

The lag of an end is half the interval in which it falls; for a given number of reads it is least with intervals of
k / sqrt(hazard). Bounds keep a world that has changed from being read too rarely: see docs/decisions/0010.
"""

import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, pairwise
from math import sqrt

from longwatch.domain.hazard import EDGES, Hazard, bin_of

ENOUGH = 100
"""How many runs of an agent must have ended before what they teach is used."""
JITTER = 0.1
"""By how much of itself each wait is spread, up or down: runs that began together soon stand apart."""

_USUAL_READS = 12.0
"""The bounds below hold for this many reads a run; with fewer they are wider in proportion."""
_FIRST_SECONDS = 60.0
_LONGEST_SECONDS, _LONGEST_SHARE = 50.0, 0.10
_SHORTEST_SECONDS, _SHORTEST_SHARE = 2.0, 0.01

_WIDTHS = tuple(high - low for low, high in pairwise(EDGES))


@dataclass(frozen=True, slots=True)
class Learned:
    """Intervals in seconds, one for each bin of `EDGES`, and how many reads they add up to at each of the edges."""

    intervals: tuple[float, ...]
    reads: tuple[float, ...]

    def delay(self, age: timedelta, rng: random.Random) -> timedelta:
        """Return how long to wait at *age*: until one more read is due, give or take the jitter."""
        return timedelta(seconds=self.wait(age.total_seconds(), 1 + JITTER * (2 * rng.random() - 1)))

    def wait(self, age: float, reads: float = 1.0) -> float:
        """Return the seconds from *age* until *reads* more are due."""
        wanted = self._due_by(max(age, 0.0)) + reads
        index = min(bisect_right(self.reads, wanted) - 1, len(self.intervals) - 1)
        return EDGES[index] + (wanted - self.reads[index]) * self.intervals[index] - max(age, 0.0)

    def _due_by(self, age: float) -> float:
        index = bin_of(age)
        return self.reads[index] + (age - EDGES[index]) / self.intervals[index]


def plan(hazard: Hazard, *, reads_a_run: float) -> Learned:
    """Return the policy that spends *reads_a_run* reads on a run of *hazard*, or as near to it as the bounds permit."""
    low, high = 1e-3, 1e4
    for _ in range(50):
        middle = sqrt(low * high)
        if _reads_spent(hazard, _intervals(hazard, middle, reads_a_run)) > reads_a_run:
            low = middle
        else:
            high = middle
    return _learned(_intervals(hazard, high, reads_a_run))


def _learned(intervals: Sequence[float]) -> Learned:
    reads = accumulate((width / interval for width, interval in zip(_WIDTHS, intervals, strict=True)), initial=0.0)
    return Learned(tuple(intervals), tuple(reads))


def _intervals(hazard: Hazard, factor: float, reads_a_run: float) -> list[float]:
    room = max(1.0, _USUAL_READS / reads_a_run)
    return [
        min(max(factor / sqrt(rate), _shortest(low)), room * _longest(low, high))
        for rate, (low, high) in zip(hazard.rates, pairwise(EDGES), strict=True)
    ]


def _shortest(age: float) -> float:
    return max(_SHORTEST_SECONDS, _SHORTEST_SHARE * age)


def _longest(age: float, until: float) -> float:
    return _FIRST_SECONDS if until <= _FIRST_SECONDS else max(_LONGEST_SECONDS, _LONGEST_SHARE * age)


def _reads_spent(hazard: Hazard, intervals: Sequence[float]) -> float:
    """Return the reads of a mean run: one an interval while it works, and on average half a one to find the end."""
    return 0.5 + sum(time / interval for time, interval in zip(hazard.working_time(), intervals, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a policy comes to: reads a run, and how late an end is seen, in the mean, in seconds."""

    reads: float
    lag: float


def forecast(hazard: Hazard, wait: Callable[[int, float], float]) -> Forecast:
    """Return what reading after `wait(reads made, age)` seconds comes to, without jitter, for runs of *hazard*."""
    surviving, working = _Curve(hazard.surviving()), _Curve(tuple(accumulate(hazard.working_time(), initial=0.0)))
    reads = lag = age = 0.0
    made = 0
    while age < EDGES[-1] and (left := surviving.at(age)) > 1e-6:
        following = age + wait(made, age)
        reads, made = reads + left, made + 1
        lag += left * (following - age) - (working.at(following) - working.at(age))
        age = following
    return Forecast(reads=reads, lag=lag)


@dataclass(frozen=True, slots=True)
class _Curve:
    """Values at each of `EDGES`, with straight lines between."""

    values: Sequence[float]

    def at(self, age: float) -> float:
        index = bin_of(age)
        share = min((age - EDGES[index]) / _WIDTHS[index], 1.0)
        return self.values[index] + share * (self.values[index + 1] - self.values[index])
