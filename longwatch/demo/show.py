"""How does the demo run an installation? Started, watched, and stopped again whatever happens."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from longwatch.demo.failure import BrokenDemoError, DemoError, InterruptedDemoError
from longwatch.demo.steps import Steps
from longwatch.demo.story import Told, tell
from longwatch.demo.wording import named
from longwatch.supervisor.fleet import Fleet, start_together
from longwatch.supervisor.groups import GroupGuard
from longwatch.supervisor.installation import Installation
from longwatch.supervisor.opening import fleet_of
from longwatch.supervisor.output import Outputs, Terminal
from longwatch.supervisor.session import stop_fleet
from longwatch.supervisor.signals import stop_requests
from longwatch.supervisor.unit import Unit

T = TypeVar("T")


async def show(installation: Installation, guard: GroupGuard, steps: Steps) -> Told:
    """Run the demo's job and stop everything; raise StartError, BrokenDemoError or InterruptedDemoError."""
    with _only_logged(installation) as outputs, stop_requests() as requests:
        fleet = fleet_of(installation, guard, outputs)
        try:
            return await attended(fleet, _performed(fleet, installation, steps), stop=requests.first)
        finally:
            with steps.step("stop everything", done="everything stopped"):
                await stop_fleet(fleet, requests)


@contextmanager
def _only_logged(installation: Installation) -> Iterator[Outputs]:
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        closing(Outputs(Terminal(nowhere), installation.data_dir / "logs")) as outputs,
    ):
        yield outputs


async def _performed(fleet: Fleet, installation: Installation, steps: Steps) -> Told:
    for stage in fleet.stages:
        parts = named([unit.part.name for unit in stage])
        with steps.step(f"start {parts}", done=parts):
            await start_together(stage)
    try:
        return await tell(installation, steps)
    except DemoError as failure:
        tails = {unit.part.name: unit.tail for unit in fleet.units}
        raise BrokenDemoError(failure, tails[failure.part]) from failure


async def attended(fleet: Fleet, work: Coroutine[Any, Any, T], *, stop: asyncio.Event) -> T:
    """Do *work* unless a part that was ready is lost, or somebody asks to stop."""
    working, troubling = asyncio.create_task(work), asyncio.create_task(_trouble(fleet, stop))
    await asyncio.wait({working, troubling}, return_when=asyncio.FIRST_COMPLETED)
    done = working.done()
    working.cancel()
    troubling.cancel()
    await asyncio.wait({working, troubling})
    if done:
        return working.result()
    raise troubling.result()


async def _trouble(fleet: Fleet, stop: asyncio.Event) -> Exception:
    """Return why the demo cannot go on, once it cannot."""
    troubles: asyncio.Queue[Exception] = asyncio.Queue()
    for unit in fleet.units:
        unit.on_loss = partial(_note_loss, troubles, unit)
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: troubles.put_nowait(InterruptedDemoError()))
    try:
        return await troubles.get()
    finally:
        stopping.cancel()


def _note_loss(troubles: asyncio.Queue[Exception], unit: Unit) -> None:
    lost = DemoError(f"{unit.part.name} ended by itself.", part=unit.part.name)
    troubles.put_nowait(BrokenDemoError(lost, unit.tail))
