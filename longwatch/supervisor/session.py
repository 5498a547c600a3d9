"""One fleet from its start to its end: ready once, watched, stopped on request."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from longwatch.supervisor.fleet import Fleet
from longwatch.supervisor.output import Terminal
from longwatch.supervisor.signals import StopRequests, stop_requests
from longwatch.supervisor.unit import StartError

STOPPED, FAILED, FORCED = 0, 1, 130


async def run_fleet(fleet: Fleet, *, terminal: Terminal, on_ready: Callable[[], None]) -> int:
    """Run *fleet* until a signal; return 0 after an orderly stop, 1 if it did not start, 130 if it was forced."""
    with stop_requests() as requests:
        code = STOPPED
        try:
            if await unless(requests.first, fleet.start()):
                on_ready()
                await requests.first.wait()
        except StartError as failure:
            terminal.show(str(failure))
            code = FAILED
        terminal.show("stopping; Ctrl-C again to stop at once")
        orderly = await stop_fleet(fleet, requests)
        terminal.show("everything is stopped" if orderly else "everything was killed")
        return code if orderly else FORCED


async def stop_fleet(fleet: Fleet, requests: StopRequests) -> bool:
    """Stop every part in order, or at once on the next signal; return whether it was orderly."""
    stopping = asyncio.create_task(fleet.stop())
    again = requests.second if requests.first.is_set() else requests.first
    waiting = asyncio.create_task(again.wait())
    await asyncio.wait({stopping, waiting}, return_when=asyncio.FIRST_COMPLETED)
    orderly = stopping.done()
    waiting.cancel()
    if not orderly:
        fleet.kill()
    await stopping
    return orderly


async def unless(event: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Run *work* to its end unless *event* comes first; return whether it ended."""
    working, waiting = asyncio.create_task(work), asyncio.create_task(event.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if working.done():
        await working
        return True
    working.cancel()
    await asyncio.wait({working})
    return False
