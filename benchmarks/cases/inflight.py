"""Runs in flight: so many at a fixed interval, their due times spread, and nothing else to do than to wait for them."""

import time
from collections.abc import Sequence

from benchmarks import accounting, counting
from benchmarks.cases.case import Bench, Case, Figures
from benchmarks.fake.life import Plan
from benchmarks.measuring import Span, read
from benchmarks.rhythm import every
from benchmarks.runners import peers
from benchmarks.runners.ours import Ours, RunningOurs
from benchmarks.runners.runner import Runner, Running, Setup
from benchmarks.upstream import FakeUpstream, fake_upstream

INTERVAL = 60.0
_SETTLE = 10.0
_COUNTED = 10.0


def measure(
    runner: Runner,
    bench: Bench,
    *,
    count: int,
    interval: float = INTERVAL,
    watched: float = INTERVAL,
    plan: Plan | None = None,
) -> Figures:
    """Return one round's figures, taken in *watched* seconds, for *count* runs that are each due every *interval*."""
    settle, seconds = bench.scaled(_SETTLE, 2), bench.scaled(watched, 5)
    with fake_upstream(bench.folder) as upstream:
        setup = Setup(upstream=upstream, rhythm=every(interval), folder=bench.folder)
        with runner.running(setup) as running:
            upstream.plan(plan or Plan())
            empty = _at_work(running, count // 50, over=interval, seconds=settle)
            running.hold(count - count // 50, over=interval)
            time.sleep(settle)
            figures = _watched(running, upstream, seconds=seconds, due=count / interval)
            return {**figures, **_memory(running, empty=empty, count=count), **_counted(running, upstream, bench)}


def _watched(running: Running, upstream: FakeUpstream, *, seconds: float, due: float) -> Figures:
    before = read(running, upstream)
    told = counting.messages(running.broker_url) if isinstance(running, RunningOurs) else 0
    time.sleep(seconds)
    span = Span.between(before, read(running, upstream))
    polls = span.counts.polls
    figures = {
        "polls": polls / span.seconds,
        "made": 100 * polls / (due * span.seconds),
        "missed": max(0.0, 100 - 100 * polls / (due * span.seconds)),
        "cores": span.cores,
        "cpu": span.each(polls),
        **{f"cpu {part}": 1000 * spent / max(polls, 1) for part, spent in span.cpu.items()},
    }
    if isinstance(running, RunningOurs):
        figures["polls / message"] = polls / max(counting.messages(running.broker_url) - told, 1)
    return figures


def _at_work(running: Running, count: int, *, over: float, seconds: float) -> int:
    """Return the worker's memory once it has made its first polls: what it needs for any work is not the jobs' own."""
    running.hold(count, over=min(over, seconds))
    time.sleep(seconds)
    return _worker_memory(running)[1]


def _worker_memory(running: Running) -> tuple[int, int]:
    groups = running.groups
    return accounting.memory(groups.get("worker") or groups["producer"])


def _memory(running: Running, *, empty: int, count: int) -> Figures:
    resident, shared_out = _worker_memory(running)
    return {"rss": resident / 1e6, "pss": shared_out / 1e6, "bytes / job": (shared_out - empty) / count}


def _counted(running: Running, upstream: FakeUpstream, bench: Bench) -> Figures:
    """Count statements after the measuring, since their logging costs."""
    if not isinstance(running, RunningOurs):
        return {}
    before = upstream.counts()
    with counting.statements_logged(running.database_url, running.folder / "logs" / "postgres.log") as counted:
        time.sleep(bench.scaled(_COUNTED, 3))
    polls = max((upstream.counts() - before).polls, 1)
    frames = counted["transaction"]
    return {"statements / poll": (counted.total() - frames) / polls, "with BEGIN / poll": counted.total() / polls}


COLUMNS = {
    "made": "due polls made %",
    "polls": "polls / s",
    "cores": "cores",
    "cpu": "CPU ms / poll",
    "rss": "worker RSS MB",
    "pss": "worker PSS MB",
    "bytes / job": "worker bytes / job",
    "polls / message": "polls / message",
    "statements / poll": "SQL statements / poll",
    "with BEGIN / poll": "with BEGIN and COMMIT",
}


def case(count: int, runners: Sequence[Runner], *, rounds: int = 3) -> Case:
    """Return the case of *count* runs in flight."""
    return Case(
        name=f"inflight-{count}",
        title=f"{count:,} in flight at a {INTERVAL:.0f} s interval",
        question=(
            f"{count:,} runs are in flight and never end; each is due every {INTERVAL:.0f} s, the due times spread "
            "evenly. Ours are put into the tables by SQL, as rows that earlier creates would have left; a peer's are "
            "enqueued with such a delay. Statements are counted afterwards from the database's log."
        ),
        runners=runners,
        measure=lambda runner, bench: measure(runner, bench, count=int(bench.scaled(count, count / 50))),
        columns=COLUMNS,
        plotted="cores",
        rounds=rounds,
    )


ONE_CHILD = Ours(name="Longwatch, `--workers 1`", workers=1)
FIVE_THOUSAND = case(5_000, [Ours(), peers.RETRY, peers.ARQ, peers.PROCRASTINATE, peers.BARE_FAST])
FIFTY_THOUSAND = case(50_000, [Ours(), ONE_CHILD, peers.BARE_AIOHTTP], rounds=5)
