"""`longwatch up`: one installation in one terminal."""

import asyncio
import sys
from contextlib import closing

from longwatch.settings import Settings
from longwatch.supervisor.announcement import hints_of, notice_of, ready_line, urls_of
from longwatch.supervisor.fleet import Fleet
from longwatch.supervisor.groups import GroupGuard
from longwatch.supervisor.installation import Installation, Options
from longwatch.supervisor.opening import fleet_of, opened, record
from longwatch.supervisor.output import Outputs, Terminal
from longwatch.supervisor.session import run_fleet


def up(options: Options, settings: Settings) -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit code."""
    with opened(options, settings, by="longwatch up") as (installation, guard):
        return asyncio.run(_run(installation, guard))


async def _run(installation: Installation, guard: GroupGuard) -> int:
    terminal = Terminal(sys.stdout)
    with closing(Outputs(terminal, installation.data_dir / "logs")) as outputs:
        fleet = fleet_of(installation, guard, outputs)
        return await _watched(fleet, installation, terminal)


async def _watched(fleet: Fleet, installation: Installation, terminal: Terminal) -> int:

    def keep_record() -> None:
        record(installation, urls=urls_of(installation) if fleet.is_ready else {}, processes=fleet.pids)

    def announce() -> None:
        keep_record()
        terminal.plain(ready_line(installation))
        for line in hints_of(installation):
            terminal.show(line)

    fleet.watch(keep_record)
    for line in notice_of(installation):
        terminal.show(line)
    return await run_fleet(fleet, terminal=terminal, on_ready=announce)
