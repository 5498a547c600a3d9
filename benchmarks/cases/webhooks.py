"""Webhooks out: ten thousand deliveries are due at once, and some of their receivers take long to answer."""

import psycopg

from benchmarks.cases.case import Bench, Case, Figures
from benchmarks.measuring import Span, read
from benchmarks.programs import wait
from benchmarks.rhythm import Rhythm
from benchmarks.runners.ours import AGENT, Ours, RunningOurs
from benchmarks.runners.prefill import ended, libpq
from benchmarks.runners.runner import Runner, Setup
from benchmarks.upstream import FakeUpstream, fake_upstream

COUNT = 10_000
_SLOW_SECONDS = 8
_MOST = 0.98
_PATIENCE_SECONDS = 300.0
_DELIVERIES = """
INSERT INTO delivery (id, job_id, sequence, url, status, due_at)
SELECT uuidv7(), job_id, sequence, CASE WHEN random() < %(slow)s THEN %(hook)s || '?seconds=8' ELSE %(hook)s END,
    'pending', lw_now()
FROM event WHERE type = 'job.completed'
"""


def measure(runner: Runner, bench: Bench) -> Figures:
    """Return how quickly the deliveries leave, without slow receivers and with one in a hundred."""
    quick = _drained(runner, Bench(bench.folder / "quick", bench.quick), slow=0.0)
    slow = _drained(runner, Bench(bench.folder / "slow", bench.quick), slow=0.01)
    left = 100 * _rate(slow) / _rate(quick)
    return {"cpu": _cpu(quick), "rate": _rate(quick), "slow rate": _rate(slow), "left": left}


def _drained(runner: Runner, bench: Bench, *, slow: float) -> Span:
    bench.folder.mkdir()
    count = int(bench.scaled(COUNT, 300))
    with (
        fake_upstream(bench.folder) as upstream,
        runner.running(Setup(upstream=upstream, rhythm=Rhythm(), folder=bench.folder)) as running,
    ):
        assert isinstance(running, RunningOurs)
        ended(running.database_url, count, agent=AGENT)
        before = read(running, upstream)
        _due(running, upstream, slow=slow)
        arrived = int(_MOST * count)
        wait(lambda: upstream.counts().webhooks >= arrived, within=_PATIENCE_SECONDS, what=f"{arrived} webhooks")
        return Span.between(before, read(running, upstream))


def _due(running: RunningOurs, upstream: FakeUpstream, *, slow: float) -> None:
    with psycopg.connect(libpq(running.database_url), autocommit=True) as database:
        database.execute(_DELIVERIES, {"slow": slow, "hook": upstream.hook})


def _cpu(span: Span) -> float:
    return span.each(span.counts.webhooks)


def _rate(span: Span) -> float:
    return span.counts.webhooks / span.seconds


WEBHOOKS = Case(
    name="webhooks",
    title=f"Webhooks out: {COUNT:,} due at once",
    question=(
        f"{COUNT:,} deliveries are due at the same moment; the figures are taken when 98 % have arrived. In the second "
        f"run of a round, one receiver in a hundred takes {_SLOW_SECONDS} s to answer."
    ),
    runners=[Ours()],
    measure=measure,
    columns={
        "cpu": "CPU ms / webhook",
        "rate": "webhooks / s",
        "slow rate": "with slow receivers",
        "left": "throughput left %",
    },
    plotted="rate",
)
