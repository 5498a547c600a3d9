"""No runner at all: asyncio tasks that live and die with the process, over httpx or over bare aiohttp. The limit."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from benchmarks.peers import work
from benchmarks.peers.work import HEADERS, HOOK, RHYTHM, RUNS, asked, told


class Aiohttp:
    """The three calls over aiohttp itself."""

    def __init__(self) -> None:
        self._http = aiohttp.ClientSession(headers=HEADERS, connector=aiohttp.TCPConnector(limit=100), trust_env=True)

    async def create(self, number: int) -> str:
        """Begin the run and return its id."""
        async with self._http.post(RUNS, json=asked(number)) as answer:
            return str((await answer.json())["id"])

    async def poll(self, run_id: str) -> dict[str, Any] | None:
        """Return the run once it is over."""
        async with self._http.get(f"{RUNS}/{run_id}") as answer:
            run: dict[str, Any] = await answer.json()
        return None if run["status"] == "in_progress" else run

    async def tell(self, number: int, run: dict[str, Any]) -> None:
        """Send the webhook."""
        async with self._http.post(HOOK, json=told(number, run)) as answer:
            await answer.read()


class Httpx:
    """The three calls over httpx."""

    def __init__(self) -> None:
        self._http = work.client()

    async def create(self, number: int) -> str:
        """Begin the run and return its id."""
        return await work.create(self._http, number)

    async def poll(self, run_id: str) -> dict[str, Any] | None:
        """Return the run once it is over."""
        return await work.poll(self._http, run_id)

    async def tell(self, number: int, run: dict[str, Any]) -> None:
        """Send the webhook."""
        await work.tell(self._http, number, run)


async def watch(calls: Aiohttp | Httpx, number: int, run_id: str, *, wait: float) -> None:
    """Poll until the run is over, then say so; the result stays nowhere."""
    run, taken = None, 0
    await asyncio.sleep(wait)
    while (run := await calls.poll(run_id)) is None:
        taken += 1
        await asyncio.sleep(RHYTHM.delay(taken))
    await calls.tell(number, run)


async def research(calls: Aiohttp | Httpx, number: int) -> None:
    """Do the whole job."""
    await watch(calls, number, await calls.create(number), wait=RHYTHM.delay(0))


async def main(kind: Callable[[], Aiohttp | Httpx]) -> None:
    """Start what is asked for, and let it go on."""
    calls, tasks = kind(), set[asyncio.Task[None]]()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    print("ready", flush=True)
    async for line in lines:
        number, *waits = line.decode().split()
        one: Awaitable[None] = (
            watch(calls, int(number), f"run-{number}", wait=float(waits[0])) if waits else research(calls, int(number))
        )
        task = asyncio.ensure_future(one)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main(Aiohttp if sys.argv[1] == "aiohttp" else Httpx))
