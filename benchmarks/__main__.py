"""The yardstick: `python -m benchmarks [CASE ...] [--rounds N] [--quick] [--out DIR]`. Needs `scripts/bench/build`."""

import argparse
import subprocess
import sys
from pathlib import Path

from benchmarks import rounds
from benchmarks.cases.catalogue import CASES
from benchmarks.programs import ROOT
from benchmarks.report import markdown
from benchmarks.rounds import Measured

_OUT = ROOT / "benchmarks" / "results"


def main() -> None:
    """Measure the cases that were asked for, all by default, and write results.json, report.md and pictures."""
    wanted = _arguments()
    wanted.out.mkdir(parents=True, exist_ok=True)
    measured: list[Measured] = []
    for name in wanted.cases or CASES:
        case = CASES[name].among(wanted.runner)
        measured.append(rounds.measure(case, rounds=wanted.rounds or case.rounds, quick=wanted.quick, say=_say))
        _write(measured, wanted.out)
    print(f"written: {wanted.out / 'report.md'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=sys.modules[__name__].__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", choices=[[], *CASES], help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, help="how often each runner has its turn (default: the case's own)")
    parser.add_argument(
        "--runner", action="append", default=[], help="only runners whose name contains this (repeatable)"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, to see that it works; the figures mean nothing"
    )
    parser.add_argument("--out", type=Path, default=_OUT, help=f"where to write (default: {_OUT.relative_to(ROOT)})")
    return parser.parse_args()


def _write(measured: list[Measured], out: Path) -> None:
    """Write after every case, so that what was measured is never lost."""
    results = out / "results.json"
    rounds.save(_merged(measured, results), results)
    machine, cases = rounds.restored(results)
    _draw(results, out)
    pictures = {case.name: f"{case.name}.png" for case in cases if (out / f"{case.name}.png").exists()}
    (out / "report.md").write_text(markdown(machine, cases, pictures=pictures))


def _merged(measured: list[Measured], results: Path) -> list[Measured]:
    """Return what was measured now, and of other cases what was measured before, in the catalogue's order."""
    earlier = rounds.restored(results)[1] if results.exists() else []
    found = {case.name: case for case in (*earlier, *measured)}
    return [found[name] for name in CASES if name in found]


def _draw(results: Path, out: Path) -> None:
    python = ROOT / ".cache" / "bench" / "plot" / "bin" / "python"
    if python.exists():
        subprocess.run([python, "-m", "benchmarks.picture", results, out], cwd=ROOT, check=True)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
