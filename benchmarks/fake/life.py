"""How long do runs take, and what has been seen of them? All instants are one process's monotonic clock."""

import math
import random
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the upstream behaves from now on; durations in seconds, lognormal."""

    seed: int = 1
    median: float = 8.0
    sigma: float = 0.5
    slow_share: float = 0.0
    slow_seconds: float = 20.0


@dataclass(slots=True)
class Run:
    """One interaction: its marks are None until they are seen."""

    created_at: float
    lasts: float
    told_at: float | None = None
    heard_at: float | None = None

    @property
    def ends_at(self) -> float:
        """Return when it is over."""
        return self.created_at + self.lasts


@dataclass(slots=True)
class World:
    """Everything that was asked of the upstream since its plan was made."""

    plan: Plan = field(default_factory=Plan)
    runs: dict[int, Run] = field(default_factory=dict)
    creates: int = 0
    polls: int = 0
    webhooks: int = 0
    slow: int = 0
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    @classmethod
    def planned(cls, plan: Plan) -> "World":
        """Return a world in which nothing has happened yet."""
        return cls(plan=plan, rng=random.Random(plan.seed))

    def create(self, number: int, *, now: float) -> None:
        """Begin the run of job *number*; how long it lasts depends on the seed and the number only."""
        self.creates += 1
        luck = random.Random(f"{self.plan.seed}/{number}").gauss(0, 1)
        lasts = self.plan.median * math.exp(self.plan.sigma * luck)
        self.runs[number] = Run(created_at=now, lasts=lasts)

    def poll(self, number: int, *, now: float) -> bool:
        """Say whether the run is over; one that nobody created lasts for ever."""
        self.polls += 1
        run = self.runs.get(number)
        if run is None or now < run.ends_at:
            return False
        run.told_at = run.told_at or now
        return True

    def hear(self, number: int, *, now: float) -> None:
        """Take in the webhook of job *number*."""
        self.webhooks += 1
        run = self.runs.get(number)
        if run is not None:
            run.heard_at = run.heard_at or now

    def delay(self) -> float:
        """Return how many seconds the next poll's answer is held back: a few are slow."""
        if self.plan.slow_share == 0 or self.rng.random() >= self.plan.slow_share:
            return 0.0
        self.slow += 1
        return self.plan.slow_seconds

    def tally(self) -> dict[str, Any]:
        """Return what happened, as JSON: counts, how long runs lasted, and the lags in seconds of those heard of."""
        heard = [run for run in self.runs.values() if run.heard_at is not None and run.told_at is not None]
        return {
            "creates": self.creates,
            "polls": self.polls,
            "webhooks": self.webhooks,
            "slow": self.slow,
            "heard": len(heard),
            "lasted": [run.lasts for run in heard],
            "lags": [(run.heard_at or 0) - run.ends_at for run in heard],
            "added": [(run.heard_at or 0) - (run.told_at or 0) for run in heard],
        }
