"""What does a person want to know of a learned policy? The curve in steps of age, and what it comes to."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from longwatch.domain.hazard import EDGES, Hazard, bin_of
from longwatch.domain.learned import Forecast, Learned, forecast, plan
from longwatch.domain.polling import Exponential

STEPS = 24
"""At most so many steps of age are shown."""
BUDGETS = (6, 8, 12, 20, 40)
_NICE_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of age: the shares of runs that have ended by its start and that end within it, and the wait there."""

    age: float
    ended: float
    ending: float
    wait: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """All that is shown of one agent's policy; times in seconds."""

    agent: str
    in_use: bool
    ends: int
    ago: timedelta
    reads_a_run: float
    learned: Forecast
    plain: Forecast
    half: float
    most: float
    steps: tuple[Step, ...]
    budgets: tuple[tuple[float, Forecast], ...]

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "agent": self.agent,
            "policy": "learned" if self.in_use else "exponential",
            "ends": self.ends,
            "fitted_seconds_ago": self.ago.total_seconds(),
            "polls_per_job": self.reads_a_run,
            "expected": _told(self.learned),
            "exponential": _told(self.plain),
            "budgets": [{"polls_per_job": reads, **_told(come_to)} for reads, come_to in self.budgets],
            "half_ended_seconds": self.half,
            "most_ended_seconds": self.most,
            "curve": [{"age_seconds": s.age, "ended": s.ended, "read_every_seconds": s.wait} for s in self.steps],
        }


def view(
    agent: str,
    hazard: Hazard,
    *,
    ends: int,
    ago: timedelta,
    reads_a_run: float,
    plain: Exponential,
    in_use: bool,
) -> PolicyView:
    """Return what is shown of *agent*, whose runs end by *hazard*, beside the *plain* policy."""
    chosen = plan(hazard, reads_a_run=reads_a_run)
    return PolicyView(
        agent=agent,
        in_use=in_use,
        ends=ends,
        ago=ago,
        reads_a_run=reads_a_run,
        learned=_forecast(hazard, chosen),
        plain=forecast(hazard, lambda made, _age: plain.middle(made).total_seconds()),
        half=hazard.quantile(0.5),
        most=hazard.quantile(0.95),
        steps=tuple(_steps(hazard, chosen)),
        budgets=tuple((float(reads), _forecast(hazard, plan(hazard, reads_a_run=reads))) for reads in BUDGETS),
    )


def _forecast(hazard: Hazard, policy: Learned) -> Forecast:
    return forecast(hazard, lambda _made, age: policy.wait(age))


def _steps(hazard: Hazard, policy: Learned) -> list[Step]:
    until = hazard.quantile(0.99)
    width = next((nice for nice in _NICE_SECONDS if until / nice <= STEPS), _NICE_SECONDS[-1])
    ages = [float(width * step) for step in range(min(STEPS, int(until / width) + 1))]
    return [
        Step(
            age=age,
            ended=ended_by(hazard, age),
            ending=ended_by(hazard, age + width) - ended_by(hazard, age),
            wait=policy.wait(age),
        )
        for age in ages
    ]


def ended_by(hazard: Hazard, age: float) -> float:
    """Return the share of runs that have ended by *age* seconds."""
    surviving, index = hazard.surviving(), bin_of(age)
    share = min((age - EDGES[index]) / (EDGES[index + 1] - EDGES[index]), 1.0)
    return 1 - surviving[index] - share * (surviving[index + 1] - surviving[index])


def _told(come_to: Forecast) -> dict[str, float]:
    return {"reads": round(come_to.reads, 2), "lag_seconds": round(come_to.lag, 2)}
