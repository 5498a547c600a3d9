"""One program of the house: started, and started again whenever it ends, until it is told to stay down."""

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path
from signal import Signals

from chaos.waiting import until
from longwatch.embedded.process import Command, kill_group, spawn

_AGAIN_SECONDS = 0.5


class Program:
    """A program that is kept running, as a service manager would; *prepare* is done before each start."""

    def __init__(self, name: str, command: Callable[[], Command], *, log: Path) -> None:
        self.name = name
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the running program; None while it is down."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start it and keep it running."""
        self._spawn()
        self._keeper = asyncio.create_task(self._keep(), name=self.name)

    async def down(self, signal: Signals, *, within: float = 60.0) -> None:
        """Send *signal*, wait for its end, and leave it down; its group is killed once *within* seconds are over."""
        if self._keeper is not None:
            self._keeper.cancel()
            self._keeper = None
        if self._process is None:
            return
        self._process.send_signal(signal)
        if not await until(self._has_ended, within=within):
            kill_group(self._process.pid)
            await until(self._has_ended, within=within)

    async def _has_ended(self) -> bool:
        return self.pid is None

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(_AGAIN_SECONDS)
            if self.pid is None:
                self._spawn()

    def _spawn(self) -> None:
        command = self._command()
        with self._log.open("ab") as output:
            self._process = spawn(command, output=output)
