"""One run of a part's program: from its start to the end of its whole process group."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, field
from signal import Signals

from longwatch.embedded.process import Command, kill_group
from longwatch.supervisor.groups import GroupGuard
from longwatch.supervisor.lines import lines_of
from longwatch.supervisor.output import PartOutput

_LAST_WORDS_SECONDS = 1.0


@dataclass(slots=True)
class Child:
    """A running program; `said` becomes true when its output has contained *awaited*."""

    process: asyncio.subprocess.Process
    written: int
    output: PartOutput
    guard: GroupGuard
    awaited: str | None = None
    said: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> int:
        """Follow its output to its end and return its exit code; its group ends with it."""
        pump = asyncio.create_task(self._pump())
        try:
            return await self.process.wait()
        finally:
            kill_group(self.process.pid)
            self.guard.remove(self.process.pid)
            await asyncio.wait({pump}, timeout=_LAST_WORDS_SECONDS)
            pump.cancel()

    def signal(self, signal: Signals) -> None:
        """Send *signal* to the program."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal)

    def kill(self) -> None:
        """Kill its whole group."""
        kill_group(self.process.pid)

    async def _pump(self) -> None:
        async for line in lines_of(self.written):
            self.output.line(line)
            if self.awaited is not None and self.awaited in line:
                self.said.set()


async def start_child(command: Command, *, output: PartOutput, guard: GroupGuard, awaited: str | None) -> Child:
    """Start *command* in a session of its own, known to *guard*."""
    # A pipe of our own: asyncio's would keep wait() from returning while a grandchild holds it open.
    written, writing = os.pipe()
    try:
        process = await _started(command, writing)
    except OSError:
        os.close(written)
        raise
    finally:
        os.close(writing)
    guard.add(process.pid, stop=command.death_signal)
    return Child(process, written, output, guard, awaited)


async def _started(command: Command, writing: int) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *command.tethered(),
        env=dict(command.env),
        cwd=command.cwd,
        stdin=asyncio.subprocess.PIPE,
        stdout=writing,
        stderr=writing,
        start_new_session=True,
    )
    assert process.stdin is not None
    with suppress(ConnectionError):
        process.stdin.write(command.stdin)
        await process.stdin.drain()
    process.stdin.close()
    return process
