"""What is a case? A question, the runners it is put to in turn, and one round's figures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.runners.runner import Runner

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a round works, and whether it only shows that it would."""

    folder: Path
    quick: bool = False

    def scaled(self, full: float, quick: float) -> float:
        """Return the size that is wanted now."""
        return quick if self.quick else full


Measure = Callable[[Runner, Bench], Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One table of the report; *columns* are the figures it shows, by their keys, *plotted* the one it draws."""

    name: str
    title: str
    question: str
    runners: Sequence[Runner]
    measure: Measure
    columns: Mapping[str, str]
    plotted: str
    rounds: int = 3

    def among(self, names: Sequence[str]) -> "Case":
        """Return the case with only the runners whose name contains one of *names*; with all if there are none."""
        wanted = [runner for runner in self.runners if any(name in runner.name for name in names)]
        return replace(self, runners=wanted) if names else self
