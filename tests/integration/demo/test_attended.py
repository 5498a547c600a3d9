import asyncio
import io
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from signal import Signals

import pytest

from longwatch.demo.failure import BrokenDemoError, InterruptedDemoError
from longwatch.demo.show import attended
from longwatch.supervisor.fleet import Fleet
from longwatch.supervisor.groups import guarded
from longwatch.supervisor.output import Outputs, Terminal
from tests.support.programs import FLEETING, POLITE, Stage, part

pytestmark = pytest.mark.anyio


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stream = io.StringIO()
    with guarded() as guard, closing(Outputs(Terminal(stream), tmp_path / "logs")) as outputs:
        yield Stage(tmp_path / "logs", outputs, guard, stream)


async def for_ever() -> str:
    await asyncio.Event().wait()
    return "never"


async def test_work_that_ends_gives_what_it_found(stage: Stage) -> None:
    fleet = Fleet([[stage.unit(part("worker", POLITE))]])

    async def work() -> str:
        await fleet.start()
        return "found"

    assert await attended(fleet, work(), stop=asyncio.Event()) == "found"
    await fleet.stop()


async def test_work_that_fails_fails_as_itself(stage: Stage) -> None:
    async def work() -> str:
        raise LookupError("lost")

    with pytest.raises(LookupError):
        await attended(Fleet([[stage.unit(part("worker", POLITE))]]), work(), stop=asyncio.Event())


async def test_a_ready_part_that_ends_by_itself_ends_the_work_with_its_last_lines(stage: Stage) -> None:
    fleet = Fleet([[stage.unit(part("worker", FLEETING))]])

    async def work() -> str:
        await fleet.start()
        return await for_ever()

    with pytest.raises(BrokenDemoError, match=r"worker ended by itself\.\n.*\n    here I am"):
        await attended(fleet, work(), stop=asyncio.Event())
    await fleet.stop()


async def test_a_part_that_is_killed_is_a_part_that_is_lost(stage: Stage) -> None:
    unit = stage.unit(part("postgres", POLITE))

    async def work() -> str:
        await unit.start()
        assert unit.pid is not None
        os.kill(unit.pid, Signals.SIGKILL)
        return await for_ever()

    with pytest.raises(BrokenDemoError, match="postgres ended by itself"):
        await attended(Fleet([[unit]]), work(), stop=asyncio.Event())
    await unit.stop()


async def test_asking_to_stop_ends_the_work(stage: Stage) -> None:
    stop, begun = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        begun.set()
        return await for_ever()

    attending = asyncio.create_task(attended(Fleet([[stage.unit(part("worker", POLITE))]]), work(), stop=stop))
    await begun.wait()
    stop.set()
    with pytest.raises(InterruptedDemoError):
        await attending
