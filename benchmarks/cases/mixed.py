"""The mixed load: jobs come at a steady rate, are created, polled until they end, kept, and told by one webhook."""

import time
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.cases.case import Bench, Case, Figures
from benchmarks.certificate import certificate
from benchmarks.fake.life import Plan
from benchmarks.figures import percentile
from benchmarks.measuring import Reading, Span, read
from benchmarks.programs import BenchmarkError, wait
from benchmarks.rhythm import GRAIN, Rhythm
from benchmarks.runners import peers
from benchmarks.runners.ours import Ours
from benchmarks.runners.runner import Runner, Running, Setup
from benchmarks.upstream import FakeUpstream, fake_upstream

RATE = 15.0
SECONDS = 20.0
RHYTHM = Rhythm()
_LOAD = Plan()
WARM = 20
_WARM_FROM = 1_000_000
_TAIL_SECONDS = 90.0


def measure(runner: Runner, bench: Bench, *, tls: bool = False) -> Figures:
    """Return one round's figures."""
    with fake_upstream(bench.folder, certificate=certificate(bench.folder) if tls else None) as upstream:
        setup = Setup(upstream=upstream, rhythm=RHYTHM, folder=bench.folder)
        with runner.running(setup) as running:
            return loaded(running, upstream, seconds=bench.scaled(SECONDS, 4))


def loaded(running: Running, upstream: FakeUpstream, *, seconds: float, rate: float = RATE) -> Figures:
    """Put the load on a runner that is up, wait for its last webhook, and return the figures."""
    _warm(running, upstream)
    upstream.plan(_LOAD)
    before = read(running, upstream)
    jobs = feed(running, rate=rate, seconds=seconds)
    wait(lambda: upstream.counts().webhooks >= jobs, within=_TAIL_SECONDS, what=f"{jobs} webhooks")
    return _figures(upstream, before, read(running, upstream))


def feed(running: Running, *, rate: float, seconds: float) -> int:
    """Start jobs one by one at a steady rate; return how many."""
    begun, jobs = time.monotonic(), int(rate * seconds)
    for number in range(jobs):
        time.sleep(max(0.0, begun + number / rate - time.monotonic()))
        running.start(number)
    late = time.monotonic() - begun - seconds
    if late > 0.2 * seconds:
        raise BenchmarkError(f"jobs could not be taken in at {rate:.0f} a second: {late:.0f} s late")
    return jobs


def _warm(running: Running, upstream: FakeUpstream) -> None:
    """Have every process do everything once, so that imports and connections are not counted."""
    upstream.plan(Plan(median=0.3, sigma=0.01))
    for number in range(WARM):
        running.start(_WARM_FROM + number)
    wait(lambda: upstream.counts().webhooks >= WARM, what="warming up")


def _figures(upstream: FakeUpstream, before: Reading, after: Reading) -> Figures:
    tally, span = upstream.tally(), Span.between(before, after)
    due = sum(RHYTHM.polls(lasts, late=GRAIN) for lasts in tally["lasted"])
    by_part = {f"cpu {part}": 1000 * spent / span.counts.all for part, spent in span.cpu.items()}
    return {
        "cpu": span.each(span.counts.all),
        "cores": span.cores,
        "lag p50": percentile(tally["lags"], 0.5),
        "lag p99": percentile(tally["lags"], 0.99),
        "added p50": percentile(tally["added"], 0.5),
        "added p99": percentile(tally["added"], 0.99),
        "polls": tally["polls"] / max(tally["creates"], 1),
        "missed": max(0.0, 100 * (1 - tally["polls"] / max(due, 1))),
        "jobs": tally["heard"],
        **by_part,
    }


COLUMNS = {
    "cpu": "CPU ms / operation",
    "lag p50": "lag p50 s",
    "lag p99": "lag p99 s",
    "added p50": "added lag p50 s",
    "added p99": "added lag p99 s",
    "polls": "polls / job",
    "cores": "cores",
}


def case(name: str, title: str, runners: Sequence[Runner], *, note: str = "") -> Case:
    """Return the mixed load put to *runners*, its question ended by *note*."""
    question = (
        f"{RATE:.0f} jobs a second for {SECONDS:.0f} s, each lasting lognormal(median 8 s), polled at 0.4 s x1.5 up to "
        "2 s, an 8 KB report, one webhook. An operation is a create, a poll or a webhook. CPU counts every process of "
        "a runner, the one that takes jobs in, its broker and its database. Lag runs from the end upstream to the "
        "webhook (a punctual poller: about 1.0 and 2.0), added lag from the poll that saw the end."
        f"{note}"
    )
    return Case(
        name=name,
        title=title,
        question=question,
        runners=runners,
        measure=measure,
        columns=COLUMNS,
        plotted="cpu",
        rounds=5,
    )


MIXED = case(
    "mixed",
    "Mixed load, peers as their own docs say",
    [
        Ours(),
        peers.RETRY,
        peers.NAIVE,
        peers.ARQ,
        peers.PROCRASTINATE,
        peers.BARE_HTTPX,
        peers.BARE_AIOHTTP,
    ],
)
MIXED_SAME = case(
    "mixed-same-transport",
    "Mixed load, aiohttp as the transport everywhere",
    [Ours(), peers.ARQ_FAST, peers.PROCRASTINATE_FAST, peers.BARE_FAST],
    note=(
        " The peers use httpx's API over aiohttp's transport for all that they send. Longwatch is as shipped: it reads "
        "over aiohttp itself; creates and webhooks too, each on a connection of its own."
    ),
)
TLS = replace(
    case("tls", "Mixed load, the upstream behind TLS", [Ours(), peers.ARQ, peers.BARE_FAST]),
    measure=lambda runner, bench: measure(runner, bench, tls=True),
    rounds=3,
)
