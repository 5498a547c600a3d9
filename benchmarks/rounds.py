"""How is a case measured? Its runners take turns in every round, so that a noisy minute meets them all."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.cases.case import Bench, Case
from benchmarks.figures import Spread
from benchmarks.machine import load, machine
from benchmarks.programs import BenchmarkError
from benchmarks.runners.runner import Runner

MOST_MISSED = 5.0
"""A runner that missed more of its due polls than this, in percent, did not do the work: it is not compared."""

Say = Callable[[str], None]


@dataclass(slots=True)
class Row:
    """One runner in one case: each round's figures, and why rounds failed."""

    runner: str
    rounds: list[dict[str, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def spread(self, figure: str) -> Spread | None:
        """Return the figure over the rounds; None if it was not taken."""
        values = [figures[figure] for figures in self.rounds if figure in figures]
        return Spread.of(values) if values else None

    @property
    def missed(self) -> float:
        """Return how much of the due polls was missed, in percent: the rounds' median."""
        spread = self.spread("missed")
        return spread.middle if spread else 0.0


@dataclass(slots=True)
class Measured:
    """A case and its rows, in the order of its runners; *load* is the machine's before and after."""

    name: str
    title: str
    question: str
    columns: Mapping[str, str]
    plotted: str
    rows: list[Row]
    load: list[str] = field(default_factory=list)


def measure(case: Case, *, rounds: int, quick: bool, say: Say) -> Measured:
    """Run the case and return what it came to; a round that fails is noted and stops nothing."""
    rows = [Row(runner.name) for runner in case.runners]
    measured = Measured(case.name, case.title, case.question, case.columns, case.plotted, rows, [load()])
    for number in range(rounds):
        for runner, row in zip(case.runners, rows, strict=True):
            say(f"{case.name}, round {number + 1} of {rounds}: {runner.name}")
            _round(case, runner, row, quick=quick, say=say)
    measured.load.append(load())
    return measured


def _round(case: Case, runner: Runner, row: Row, *, quick: bool, say: Say) -> None:
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
            figures = dict(case.measure(runner, Bench(Path(folder), quick)))
    except BenchmarkError as error:
        row.failures.append(str(error))
        say(f"  failed: {error}")
        return
    row.rounds.append(figures)
    say("  " + ", ".join(f"{name} {value:.3g}" for name, value in figures.items()))


def save(measured: Sequence[Measured], file: Path) -> None:
    """Write everything that was measured, and where, as JSON."""
    document = {"machine": machine(), "cases": [asdict(case) for case in measured]}
    file.write_text(json.dumps(document, indent=1) + "\n")


def restored(file: Path) -> tuple[dict[str, str], list[Measured]]:
    """Return what `save` wrote."""
    document: dict[str, Any] = json.loads(file.read_text())
    cases = list(_cases(document["cases"]))
    return document["machine"], cases


def _cases(documents: Sequence[dict[str, Any]]) -> Iterator[Measured]:
    for document in documents:
        yield Measured(**{**document, "rows": [Row(**row) for row in document["rows"]]})
