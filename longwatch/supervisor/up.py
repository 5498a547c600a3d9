"""`longwatch up`: one installation in one terminal."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from longwatch.domain.clock import Clock
from longwatch.embedded import runfile
from longwatch.embedded.lock import held
from longwatch.embedded.runfile import RunFile
from longwatch.settings import Settings
from longwatch.supervisor.announcement import notice_of, ready_line, urls_of
from longwatch.supervisor.fleet import Fleet
from longwatch.supervisor.groups import GroupGuard, guarded
from longwatch.supervisor.installation import Installation, Options, resolve
from longwatch.supervisor.output import Outputs, Terminal
from longwatch.supervisor.part import Part
from longwatch.supervisor.plan import stages_of
from longwatch.supervisor.session import run_fleet
from longwatch.supervisor.unit import Unit


def up(options: Options, settings: Settings) -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit code."""
    # Whatever a part writes, in a directory that may be everybody's to read, is its owner's only.
    os.umask(0o077)
    with held(options.data_dir, by="longwatch up"):
        runfile.clear(options.data_dir)
        installation = resolve(options, settings)
        with _cleared_at_the_end(installation), guarded() as guard:
            return asyncio.run(_run(installation, guard))


@contextmanager
def _cleared_at_the_end(installation: Installation) -> Iterator[None]:
    _record(installation, urls={}, processes={})
    try:
        yield
    finally:
        runfile.clear(installation.data_dir)


async def _run(installation: Installation, guard: GroupGuard) -> int:
    terminal = Terminal(sys.stdout)
    with closing(Outputs(terminal, installation.data_dir / "logs")) as outputs:
        fleet = _fleet_of(installation, guard, outputs)
        return await _watched(fleet, installation, terminal)


async def _watched(fleet: Fleet, installation: Installation, terminal: Terminal) -> int:

    def keep_record() -> None:
        _record(installation, urls=urls_of(installation) if fleet.is_ready else {}, processes=fleet.pids)

    def announce() -> None:
        keep_record()
        terminal.plain(ready_line(installation))

    fleet.watch(keep_record)
    for line in notice_of(installation):
        terminal.show(line)
    return await run_fleet(fleet, terminal=terminal, on_ready=announce)


def _fleet_of(installation: Installation, guard: GroupGuard, outputs: Outputs) -> Fleet:
    def unit(part: Part) -> Unit:
        return Unit(part, output=outputs.of(part.name, quiet=part.quiet), guard=guard, clock=Clock())

    return Fleet([[unit(part) for part in stage] for stage in stages_of(installation, os.environ)])


def _record(installation: Installation, *, urls: dict[str, str], processes: dict[str, int]) -> None:
    sockets = str(installation.postgres.sockets) if installation.postgres else None
    RunFile(pid=os.getpid(), sockets=sockets, urls=urls, processes=processes).write(installation.data_dir)
