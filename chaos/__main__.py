"""How is the chaos kit started from a shell? `python -m chaos [SEED ...]`; exit code 1 if a promise was broken."""

import argparse
import secrets
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from chaos.crowd import run_together
from chaos.evidence import Evidence
from chaos.plan import Scale
from chaos.report import findings, report
from chaos.rigour import HARDNESS
from chaos.run import HouseNotReadyError, Order, run
from longwatch.domain.clock import Clock

_KEPT = Path(__file__).with_name("seeds.txt")
_SHORT_LEASE, _LEASE = 6.0, 30.0
_LONG_RUN = 600.0
_AGAIN = 2


def main() -> int:
    """Run each seed; return 0 if every promise held in each of them."""
    options = _parser().parse_args()
    seeds = options.seeds or (kept_seeds() if options.kept else [secrets.randbelow(1_000_000)])
    well = _all_ran(seeds, options)
    _say(f"{sum(well)} of {len(well)} seeds held")
    return 0 if all(well) else 1


def _all_ran(seeds: Sequence[int], options: argparse.Namespace) -> list[bool]:
    if min(options.together, len(seeds)) <= 1:
        return [_ran(seed, options) for seed in seeds]
    alone = [sys.executable, "-m", "chaos", "--jobs", str(options.jobs), "--seconds", str(options.seconds)]
    return run_together(seeds, alone, most=options.together)


def kept_seeds(kept: Path = _KEPT) -> list[int]:
    """Return the seeds that every change is held to."""
    lines = kept.read_text(encoding="utf-8").splitlines()
    return [int(line.split("#")[0]) for line in lines if line.split("#")[0].strip()]


def _ran(seed: int, options: argparse.Namespace) -> bool:
    failed = until_hard(partial(_ran_once, seed, options))
    verdict = f"BROKEN; repeat it with make chaos SEED={seed}" if failed else "every promise held"
    _say(f"seed {seed}: {verdict}")
    broken = failed - HARDNESS.keys()
    if broken and keep(seed, broken, f"{options.jobs} jobs, {options.seconds:g} s", _KEPT):
        _say(f"It is kept in {_KEPT}: commit it with the mend, or take the line out if the machine was to blame.")
    return not failed


def keep(seed: int, failed: Collection[str], size: str, kept: Path) -> bool:
    """Add *seed* to the file *kept*, with what it broke; False if it is there, or the file cannot be written."""
    if seed in kept_seeds(kept):
        return False
    line = f"{seed}  # {size}, not held: {' '.join(sorted(failed))}\n"
    try:
        with kept.open("a", encoding="utf-8") as file:
            file.write(line)
    except OSError:
        return False
    return True


def until_hard(run_once: Callable[[], set[str]]) -> set[str]:
    """Return the claims that did not hold in a run; one that was only too easy to prove them is repeated, twice."""
    failed = run_once()
    for _ in range(_AGAIN):
        if not failed or failed - HARDNESS.keys():
            break
        _say("Every promise held, but the run was too easy to prove them: once more.\n")
        failed = run_once()
    return failed


def _ran_once(seed: int, options: argparse.Namespace) -> set[str]:
    """Run a seed, report, and return the claims that were not held."""
    lease = _LEASE if options.seconds >= _LONG_RUN else _SHORT_LEASE
    order = Order(seed=seed, jobs=options.jobs, scale=Scale(seconds=options.seconds, lease=lease))
    clock = Clock()
    begun = clock.monotonic()
    evidence = built(partial(_in_a_new_folder, order))
    found = findings(evidence)
    _say(report(evidence, found, title=f"seed {seed} took {clock.monotonic() - begun:.0f} s"))
    return {finding.claim for finding in found if finding.violations}


def _in_a_new_folder(order: Order) -> Evidence:
    folder = Path(tempfile.mkdtemp(prefix=f"longwatch-chaos-{order.seed}-"))
    scale = f"{order.scale.seconds:g} s of faults, leases of {order.scale.lease:g} s"
    _say(f"seed {order.seed}: {order.jobs} jobs, {scale}; logs in {folder}")
    return run(order, folder)


def built(run_once: Callable[[], Evidence]) -> Evidence:
    """Return what a run gathered; a house that did not start is built once more: a free port may have been taken."""
    try:
        return run_once()
    except HouseNotReadyError as error:
        _say(f"{error}. Once more, on other ports.\n")
        return run_once()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("seeds", nargs="*", type=int, help="which runs (default: a new one)")
    parser.add_argument("--kept", action="store_true", help="those of seeds.txt instead")
    parser.add_argument("--jobs", type=int, default=150, help="how many jobs are posted (default: 150)")
    parser.add_argument("--together", type=int, default=1, help="how many seeds run at once (default: 1)")
    parser.add_argument("--seconds", type=float, default=90.0, help="how long faults happen (default: 90)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
