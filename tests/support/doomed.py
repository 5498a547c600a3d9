"""A worker of its own process that meets its fate at a named point."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from signal import Signals

import psutil

from tests.support.house import House
from tests.support.waiting import eventually_async

LEASE_SECONDS = 1


@asynccontextmanager
async def doomed(
    database_url: str, home: House, point: str = "", *, by: Signals = Signals.SIGKILL, lease: float = 30
) -> AsyncIterator[Process]:
    """Yield a worker of its own process that meets *by* at *point*; it is reaped at the end."""
    program = ["-m", "tests.support.worker_program", database_url, home.upstream.url, point, by.name, f"{lease}"]
    worker = await asyncio.create_subprocess_exec(sys.executable, *program, stdout=asyncio.subprocess.DEVNULL)
    try:
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def killed_at(database_url: str, home: House, point: str) -> None:
    """Let a worker of its own process work until it dies at *point*."""
    async with doomed(database_url, home, point) as worker:
        assert await asyncio.wait_for(worker.wait(), 60) == -Signals.SIGKILL


@asynccontextmanager
async def frozen_at(database_url: str, home: House, point: str) -> AsyncIterator[Process]:
    """Yield a worker that is frozen at *point*, longer than its lease of a second."""
    async with doomed(database_url, home, point, by=Signals.SIGSTOP, lease=LEASE_SECONDS) as worker:

        async def stopped() -> bool:
            return psutil.Process(worker.pid).status() == psutil.STATUS_STOPPED

        await eventually_async(stopped, within=60)
        loop = asyncio.get_running_loop()
        over = loop.time() + LEASE_SECONDS

        async def lapsed() -> bool:
            return loop.time() > over

        await eventually_async(lapsed)
        yield worker
