"""One part, kept running until it is told to stop."""

import asyncio
import signal
from collections.abc import Callable
from typing import assert_never

from longwatch.domain.clock import Clock
from longwatch.embedded.errors import EmbeddedError
from longwatch.supervisor.child import Child, start_child
from longwatch.supervisor.groups import GroupGuard
from longwatch.supervisor.output import PartOutput
from longwatch.supervisor.part import Answers, Finishes, Part, Says
from longwatch.supervisor.restarts import Restarts

_PROBE_SECONDS = 0.1


class StartError(Exception):
    """A part did not become ready; carries its name and its last lines."""

    def __init__(self, name: str, tail: list[str]) -> None:
        super().__init__(f"{name} did not start. Its last lines:\n" + "\n".join(f"    {line}" for line in tail))


class Unit:
    """Starts a part, notices when it is ready, starts it again when it ends, and stops it."""

    def __init__(self, part: Part, *, output: PartOutput, guard: GroupGuard, clock: Clock) -> None:
        self.part = part
        self._output = output
        self._guard = guard
        self._clock = clock
        self.on_ready: Callable[[], None] = lambda: None
        self.on_loss: Callable[[], None] = lambda: None
        self._child: Child | None = None
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The pid of the running program, if there is one."""
        return self._child.process.pid if self._child else None

    @property
    def tail(self) -> list[str]:
        """The last lines that the part wrote."""
        return list(self._output.tail)

    async def start(self) -> None:
        """Start the part; return once it is ready, raise StartError once it has failed for good."""
        self._task = asyncio.create_task(self._keep_running())
        became_ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait({self._task, became_ready}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            became_ready.cancel()
        if not self._ready.is_set() and not self._stopping.is_set():
            raise StartError(self.part.name, self.tail)

    async def stop(self) -> None:
        """Stop the part step by step, by force in the end; return once it has ended."""
        self._stopping.set()
        for step in self.part.stop:
            if self._child is not None:
                self._child.signal(step.signal)
            if await self._has_ended(within=step.seconds):
                return
        self._output.note("does not stop: killed")
        self.kill()
        await self._has_ended(within=None)

    def kill(self) -> None:
        """Kill the part's whole group now, and start it no more."""
        self._stopping.set()
        if self._child is not None:
            self._child.kill()

    async def _has_ended(self, *, within: float | None) -> bool:
        if self._task is None:
            return True
        done, _ = await asyncio.wait({self._task}, timeout=within)
        return bool(done)

    async def _keep_running(self) -> None:
        restarts = Restarts()
        while not self._stopping.is_set():
            started = self._clock.monotonic()
            code = await self._attempt()
            if self._stopping.is_set() or isinstance(self.part.ready, Finishes):
                return
            restarts = restarts.after(lived=self._clock.monotonic() - started)
            if self._ready.is_set():
                self.on_loss()
            elif restarts.is_loop:
                return
            await self._pause(code, restarts)

    async def _attempt(self) -> int:
        try:
            if self.part.prepare is not None:
                await asyncio.to_thread(self.part.prepare)
            return await self._run_once()
        except (OSError, EmbeddedError) as error:
            self._output.line(f"cannot be started: {error}")
            return 1

    async def _run_once(self) -> int:
        awaited = self.part.ready.text if isinstance(self.part.ready, Says) else None
        command, output = self.part.command, self._output
        self._child = await start_child(command, output=output, guard=self._guard, awaited=awaited)
        if self._stopping.is_set():
            self._child.kill()
        watch = asyncio.create_task(self._watch(self._child))
        try:
            code = await self._child.run()
        finally:
            watch.cancel()
            self._child = None
        if code == 0 and isinstance(self.part.ready, Finishes):
            self._ready.set()
        return code

    async def _watch(self, child: Child) -> None:
        try:
            async with asyncio.timeout(self.part.ready_within):
                await self._becomes_ready(child)
        except TimeoutError:
            self._output.note(f"was not ready within {self.part.ready_within:g} s: killed")
            child.kill()
        else:
            self._output.note("is ready")
            self._ready.set()
            self.on_ready()

    async def _becomes_ready(self, child: Child) -> None:
        match self.part.ready:
            case Says():
                await child.said.wait()
            case Answers(probe=probe):
                while not await probe():  # noqa: ASYNC110 - another process's state has no event to wait for
                    await asyncio.sleep(_PROBE_SECONDS)
            case Finishes():
                await asyncio.Event().wait()
            case other:
                assert_never(other)

    async def _pause(self, code: int, restarts: Restarts) -> None:
        self._output.note(f"ended ({_ending(code)}); starting it again in {restarts.delay:g} s")
        if restarts.is_loop:
            last = self._output.tail[-1] if self._output.tail else "it wrote nothing"
            self._output.note(f"keeps ending, {restarts.in_a_row} times in a row; its last line: {last}")
        try:
            await asyncio.wait_for(self._stopping.wait(), restarts.delay)
        except TimeoutError:
            return


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
