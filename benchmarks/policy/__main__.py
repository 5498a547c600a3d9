"""`python -m benchmarks.policy`: the claims about when to read, as tables in Markdown."""

import argparse
from collections.abc import Iterator

from benchmarks.policy.simulation import Outcome, drawn, learned, started, stretched, taught, watched
from benchmarks.policy.worlds import WORLDS, shifts

BUDGETS = (8, 12, 20)


def main() -> None:
    """Print what the learned policy gains, and what it comes to when the world has changed."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.policy", description=main.__doc__)
    options.add_argument("--runs", type=int, default=50_000, help="runs watched for each figure")
    options.add_argument("--past", type=int, default=1000, help="past runs learned from")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    for line in (*gains(chosen.runs, chosen.past, chosen.seed), "", *changes(chosen.runs, chosen.past, chosen.seed)):
        print(line)


def gains(runs: int, past: int, seed: int) -> Iterator[str]:
    """Yield the learned policy beside the exponential one at equal reads."""
    yield "| runs | reads | learned: lag, p95 | stretched exponential | ratio | its cap left at 60 s | ratio |"
    yield "|---|---|---|---|---|---|---|"
    for name, world in WORLDS.items():
        durations, hazard = drawn(world, runs=runs, seed=seed), taught(world, past=past, seed=seed + 1)
        for budget in BUDGETS:
            ours = watched(durations, learned(hazard, reads=budget, seed=seed))
            plain = watched(durations, stretched(durations, reads=ours.reads))
            capped = watched(durations, started(durations, reads=ours.reads))
            yield f"| {name} | {_told(ours)} | {_against(ours, plain)} | {_against(ours, capped)} |"


def changes(runs: int, past: int, seed: int) -> Iterator[str]:
    """Yield what the learned policy comes to in worlds that it has not learned."""
    yield "| learned from | reads meant | then the world is | reads | lag, p95 |"
    yield "|---|---|---|---|---|"
    for name, world in WORLDS.items():
        hazard = taught(world, past=past, seed=seed + 1)
        for budget in BUDGETS:
            for change, shifted in shifts(name).items():
                durations = drawn(shifted, runs=runs // 10, seed=seed)
                seen = watched(durations, learned(hazard, reads=budget, seed=seed))
                yield f"| {name} | {budget} | {change} | {_told(seen)} |"


def _told(outcome: Outcome) -> str:
    return f"{outcome.reads:.1f} | {outcome.lag:.1f} s, {outcome.p95:.0f} s"


def _against(ours: Outcome, other: Outcome) -> str:
    return f"{other.lag:.1f} s at {other.reads:.1f} | {ours.lag / other.lag:.2f}"


if __name__ == "__main__":
    main()
