"""Saturation: far more polls are due than can be made. How many are, and what do a few slow answers cost the others?"""

from functools import partial

from benchmarks.cases import inflight
from benchmarks.cases.case import Bench, Case, Figures
from benchmarks.fake.life import Plan
from benchmarks.runners import peers
from benchmarks.runners.ours import Ours
from benchmarks.runners.runner import Runner

COUNT = 10_000
SLOW_SHARE = 0.01
SLOW_SECONDS = 20.0
_WATCHED = 20.0


def saturated(runner: Runner, bench: Bench) -> Figures:
    """Return one round's figures with every run due each second."""
    figures = inflight.measure(runner, bench, count=int(bench.scaled(COUNT, 1_000)), interval=1.0, watched=_WATCHED)
    return {**figures, "missed": 0.0, "polls / core": figures["polls"] / max(figures["cores"], 0.01)}


def slow(runner: Runner, bench: Bench) -> Figures:
    """Return what is left of the throughput when one answer in a hundred takes twenty seconds."""
    count = int(bench.scaled(COUNT, 1_000))
    for name in ("quick", "slow"):
        (bench.folder / name).mkdir()
    taken = partial(inflight.measure, runner, count=count, interval=1.0, watched=2 * _WATCHED)
    quick = taken(Bench(bench.folder / "quick", bench.quick))
    plan = Plan(slow_share=SLOW_SHARE, slow_seconds=SLOW_SECONDS)
    slowed = taken(Bench(bench.folder / "slow", bench.quick), plan=plan)
    left = 100 * slowed["polls"] / max(quick["polls"], 1)
    return {"polls": slowed["polls"], "without": quick["polls"], "left": left, "cpu": slowed["cpu"]}


SATURATION = Case(
    name="saturation",
    title=f"Saturation: {COUNT:,} in flight, each due every second",
    question="More polls are due than two cores can make, the fake upstream's own work beside them.",
    runners=[Ours(), peers.RETRY, peers.ARQ, peers.PROCRASTINATE, peers.BARE_FAST],
    measure=saturated,
    columns={
        "polls": "polls / s",
        "cores": "cores",
        "polls / core": "polls / s / core",
        "cpu": "CPU ms / poll",
        "polls / message": "polls / message",
        "statements / poll": "SQL statements / poll",
    },
    plotted="polls",
)
SLOW = Case(
    name="slow",
    title="1 % of answers take 20 s",
    question="The load of the saturation, with and without one answer in a hundred that takes twenty seconds.",
    runners=[Ours()],
    measure=slow,
    columns={
        "polls": "polls / s",
        "without": "without slow answers",
        "left": "throughput left %",
        "cpu": "CPU ms / poll",
    },
    plotted="left",
)
