"""What does a policy come to? Runs drawn from a world, watched by the code that workers use."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

from benchmarks.policy.worlds import World
from longwatch.domain.hazard import Hazard, Span, learn
from longwatch.domain.learned import plan
from longwatch.domain.polling import Exponential

Wait = Callable[[int, float], float]
"""Says how many seconds to wait, after so many waits and at this age in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Reads a run, and the seconds between its end and the read that saw it: in the mean, and for 95 of 100 runs."""

    reads: float
    lag: float
    p95: float


def drawn(world: World, *, runs: int, seed: int) -> list[float]:
    """Return how long so many runs take."""
    rng = random.Random(seed)
    return [world(rng) for _ in range(runs)]


def watched(durations: Sequence[float], wait: Wait) -> Outcome:
    """Return what watching runs of these *durations* comes to."""
    reads, lags = 0, []
    for duration in durations:
        age, made = 0.0, 0
        while age < duration:
            age, made = age + wait(made, age), made + 1
        reads += made
        lags.append(age - duration)
    lags.sort()
    return Outcome(reads=reads / len(lags), lag=sum(lags) / len(lags), p95=lags[int(0.95 * len(lags))])


def taught(world: World, *, past: int, seed: int) -> Hazard:
    """Return what so many past runs of *world* teach."""
    hazard = learn(Span(left=duration, ended=True) for duration in drawn(world, runs=past, seed=seed))
    if hazard is None:
        raise ValueError("no past runs, no lesson")
    return hazard


def learned(hazard: Hazard, *, reads: float, seed: int) -> Wait:
    """Return the learned policy for so many reads a run."""
    policy, rng = plan(hazard, reads_a_run=reads), random.Random(seed)
    return lambda _made, age: policy.delay(timedelta(seconds=age), rng).total_seconds()


def exponential(*, first: float = 5.0, cap: float = 60.0) -> Wait:
    """Return the plain policy, x1.5 from *first* to *cap*, with its jitter."""
    policy, rng = Exponential(first=timedelta(seconds=first), cap=timedelta(seconds=cap)), random.Random(0)
    return lambda made, _age: policy.delay(made, rng).total_seconds()


def stretched(durations: Sequence[float], *, reads: float) -> Wait:
    """Return the plain policy, 5 s x1.5 up to 60 s, stretched as a whole until it spends so many *reads* a run."""
    return _fitted(lambda factor: exponential(first=5 * factor, cap=60 * factor), durations, reads)


def started(durations: Sequence[float], *, reads: float) -> Wait:
    """Return the plain policy with its cap left at 60 s, begun so early or late that it spends so many *reads*."""
    return _fitted(lambda factor: exponential(first=min(5 * factor, 60.0)), durations, reads)


def _fitted(policy: Callable[[float], Wait], durations: Sequence[float], reads: float) -> Wait:
    low, high = 0.03, 30.0
    for _ in range(12):
        middle = sqrt(low * high)
        low, high = (middle, high) if watched(durations, policy(middle)).reads > reads else (low, middle)
    return policy(high)
