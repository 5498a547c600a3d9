"""An installation opened for one run: its directory held, everything decided, its parts ready to be started."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from longwatch.domain.clock import Clock
from longwatch.embedded import runfile
from longwatch.embedded.lock import held
from longwatch.embedded.postgres import socket_directory
from longwatch.embedded.runfile import RunFile
from longwatch.settings import Settings
from longwatch.supervisor.fleet import Fleet
from longwatch.supervisor.groups import GroupGuard, guarded
from longwatch.supervisor.installation import Installation, Options, resolve
from longwatch.supervisor.output import Outputs
from longwatch.supervisor.part import Part
from longwatch.supervisor.plan import stages_of
from longwatch.supervisor.ports import Promises
from longwatch.supervisor.unit import Unit


@contextmanager
def opened(options: Options, settings: Settings, *, by: str) -> Iterator[tuple[Installation, GroupGuard]]:
    """Hold the data directory for the block; raise EmbeddedError, PortTakenError or PortRefusedError."""
    # Whatever a part writes, in a directory that may be everybody's to read, is its owner's only.
    os.umask(0o077)
    with held(options.data_dir, by=by), socket_directory() as sockets, closing(Promises()) as promises:
        runfile.clear(options.data_dir)
        installation = resolve(options, settings, sockets=sockets, promises=promises)
        with _cleared_at_the_end(installation), guarded() as guard:
            yield installation, guard


@contextmanager
def _cleared_at_the_end(installation: Installation) -> Iterator[None]:
    record(installation, urls={}, processes={})
    try:
        yield
    finally:
        runfile.clear(installation.data_dir)


def fleet_of(installation: Installation, guard: GroupGuard, outputs: Outputs) -> Fleet:
    """Return all parts of *installation*, none of them started."""

    def unit(part: Part) -> Unit:
        return Unit(part, output=outputs.of(part.name, quiet=part.quiet), guard=guard, clock=Clock())

    return Fleet([[unit(part) for part in stage] for stage in stages_of(installation, os.environ)])


def record(installation: Installation, *, urls: dict[str, str], processes: dict[str, int]) -> None:
    """Write down for other commands where everything is."""
    sockets = str(installation.postgres.sockets) if installation.postgres else None
    RunFile(pid=os.getpid(), sockets=sockets, urls=urls, processes=processes).write(installation.data_dir)
