"""Growth: does a job cost more when a million have ended before it?"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks import counting
from benchmarks.cases import mixed
from benchmarks.cases.case import Bench, Case, Figures
from benchmarks.rhythm import Rhythm
from benchmarks.runners.ours import AGENT, Ours, RunningOurs
from benchmarks.runners.prefill import ended
from benchmarks.runners.runner import Runner, Setup
from benchmarks.upstream import fake_upstream

_SECONDS = 60.0
"""Long enough that most changes are not the first of their page after the checkpoint that it begins with."""
_REPORTED_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Grown:
    """Ours, after so many jobs."""

    finished: int
    ours: Ours = field(default_factory=Ours)

    @property
    def name(self) -> str:
        """What the report calls it."""
        return f"{self.ours.name}, {self.finished:,} finished jobs"

    @contextmanager
    def running(self, setup: Setup) -> Iterator[RunningOurs]:
        """Run it until the block ends, its tables filled."""
        with self.ours.running(setup) as running:
            ended(running.database_url, self.finished, agent=AGENT)
            yield running


def measure(runner: Runner, bench: Bench) -> Figures:
    """Return the mixed load's figures, with what the database did for each job."""
    with (
        fake_upstream(bench.folder) as upstream,
        runner.running(Setup(upstream=upstream, rhythm=Rhythm(), folder=bench.folder)) as running,
    ):
        assert isinstance(running, RunningOurs)
        before = counting.database_work(running.database_url)
        figures = mixed.loaded(running, upstream, seconds=bench.scaled(_SECONDS, 4))
        time.sleep(_REPORTED_SECONDS)
        after = counting.database_work(running.database_url)
    jobs = figures["jobs"] + mixed.WARM
    return {
        **figures,
        "buffers": (after.buffers - before.buffers) / jobs,
        "wal": (after.wal - before.wal) / jobs / 1000,
    }


GROWTH = Case(
    name="growth",
    title="Growth: from 1,000 to 1,000,000 finished jobs",
    question=(
        "The mixed load on tables that hold so many jobs which have ended before, put there by SQL: request, events, "
        "interaction and a result of 0.5 KB each, in pages as full as lives leave them. Buffers and WAL are the whole "
        "database's."
    ),
    runners=[Grown(1_000), Grown(1_000_000)],
    measure=measure,
    columns={
        "cpu": "CPU ms / operation",
        "buffers": "buffers / job",
        "wal": "WAL KB / job",
        "lag p50": "lag p50 s",
        "added p99": "added lag p99 s",
    },
    plotted="cpu",
)
