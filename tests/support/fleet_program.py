"""A supervisor of tiny parts, to be signalled and killed: `python -m tests.support.fleet_program FOLDER PROGRAM`."""

import asyncio
import sys
from contextlib import closing
from pathlib import Path

from longwatch.domain.clock import Clock
from longwatch.supervisor.fleet import Fleet
from longwatch.supervisor.groups import GroupGuard, guarded
from longwatch.supervisor.output import Outputs, Terminal
from longwatch.supervisor.part import StopTurn
from longwatch.supervisor.session import run_fleet
from longwatch.supervisor.unit import Unit
from tests.support import programs


def main() -> int:
    """Run a queue, then a scheduler and a worker; the worker is the named program."""
    folder, worker = Path(sys.argv[1]), getattr(programs, sys.argv[2])
    with guarded() as guard, closing(Outputs(Terminal(sys.stdout), folder)) as outputs:
        return asyncio.run(_run(worker, guard, outputs))


async def _run(worker: str, guard: GroupGuard, outputs: Outputs) -> int:
    stages = [
        [programs.part("queue", programs.POLITE, turn=StopTurn.SERVERS)],
        [
            programs.part("worker", worker, turn=StopTurn.WORKERS, patience=60),
            programs.part("scheduler", programs.POLITE, turn=StopTurn.SCHEDULER),
        ],
    ]
    clock, terminal = Clock(), outputs.terminal
    units = [[Unit(p, output=outputs.of(p.name), guard=guard, clock=clock) for p in stage] for stage in stages]
    return await run_fleet(Fleet(units), terminal=terminal, on_ready=lambda: terminal.plain("ready all"))


if __name__ == "__main__":
    sys.exit(main())
