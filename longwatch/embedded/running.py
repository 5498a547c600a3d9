"""An embedded server for as long as a block runs."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from longwatch.embedded.errors import EmbeddedStartError
from longwatch.embedded.process import Command, spawn, stop

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_TICK_SECONDS = 0.03
_LOG_TAIL = 2000


class EmbeddedServer(Protocol):
    """What PostgreSQL and Valkey have in common for whoever runs them."""

    @property
    def name(self) -> str:
        """The word that logs and messages use."""

    @property
    def url(self) -> str:
        """Where clients reach it."""

    def prepare(self) -> None:
        """Make ready for a start."""

    def command(self) -> Command:
        """Return how it is run."""

    def answers(self) -> bool:
        """Return whether it serves now."""


@contextmanager
def running(server: EmbeddedServer, *, log: Path) -> Iterator[str]:
    """Start *server*, yield its URL once it answers, and stop it at the end."""
    server.prepare()
    command = server.command()
    with log.open("ab") as output:
        process = spawn(command, output=output)
    try:
        _wait_until_it_answers(server, process, log)
        yield server.url
    finally:
        stop(process, command, within=_STOP_SECONDS)


def _wait_until_it_answers(server: EmbeddedServer, process: subprocess.Popen[bytes], log: Path) -> None:
    tick = threading.Event()
    for _ in range(int(_START_SECONDS / _TICK_SECONDS)):
        if process.poll() is not None:
            break
        if server.answers():
            return
        tick.wait(_TICK_SECONDS)
    raise EmbeddedStartError(server=server.name, log=log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:])
