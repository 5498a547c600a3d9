import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from longwatch.supervisor.part import Answers, Finishes
from longwatch.supervisor.unit import StartError, Unit
from tests.support.processes import is_running
from tests.support.programs import BROKEN, FLEETING, PARENT, POLITE, SILENT, STEADY, STUBBORN, Stage, part
from tests.support.waiting import eventually, eventually_async


def test_a_part_is_ready_once_it_says_so(stage: Stage) -> None:
    unit = stage.unit(part("talker", STEADY))

    async def story() -> None:
        await unit.start()
        assert "here I am" in stage.said
        await unit.stop()

    asyncio.run(story())
    assert unit.pid is None


def test_a_part_is_ready_once_its_probe_says_so(stage: Stage) -> None:
    asked: list[int] = []

    async def third_time() -> bool:
        asked.append(1)
        return len(asked) == 3

    unit = stage.unit(part("quiet", SILENT, ready=Answers(third_time)))
    asyncio.run(_started_and_stopped(unit))
    assert len(asked) == 3


def test_a_part_that_only_has_to_finish_is_not_started_again(stage: Stage) -> None:
    unit = stage.unit(part("once", "print('all done')", ready=Finishes()))
    asyncio.run(_started_and_stopped(unit))
    assert stage.said.count("all done") == 1


def test_a_part_that_has_to_finish_and_fails_names_its_last_lines(stage: Stage) -> None:
    unit = stage.unit(part("once", BROKEN, ready=Finishes()))
    with pytest.raises(StartError, match=r"once did not start(.|\n)*no such table"):
        asyncio.run(unit.start())


def test_a_part_that_keeps_crashing_before_it_was_ready_is_given_up_with_its_last_lines(stage: Stage) -> None:
    unit = stage.unit(part("broken", BROKEN))
    with pytest.raises(StartError, match="no such table"):
        asyncio.run(unit.start())
    assert stage.said.count("ended (exit code 3)") == 2


def test_a_program_that_does_not_exist_is_a_failure_like_any_other(stage: Stage) -> None:
    def refuse() -> None:
        raise FileNotFoundError("no such program")

    unit = stage.unit(replace(part("absent", STEADY), prepare=refuse))
    with pytest.raises(StartError, match="no such program"):
        asyncio.run(unit.start())


def test_a_part_that_hangs_before_it_is_ready_is_killed_and_tried_again(stage: Stage) -> None:
    unit = stage.unit(part("hung", SILENT, ready_within=0.2))
    with pytest.raises(StartError):
        asyncio.run(unit.start())
    assert "was not ready within 0.2 s: killed" in stage.said
    assert "ended (killed by SIGKILL)" in stage.said


def test_a_part_that_is_killed_is_started_again(stage: Stage) -> None:
    unit = stage.unit(part("victim", STEADY))

    async def story() -> None:
        await unit.start()
        first = _pid_of(unit)
        os.kill(first, signal.SIGKILL)
        await eventually_async(_is(lambda: unit.pid not in {None, first} and stage.said.count("is ready") == 2))
        await unit.stop()

    asyncio.run(story())
    assert "ended (killed by SIGKILL); starting it again in 0.5 s" in stage.said


def test_a_part_that_keeps_crashing_after_it_was_ready_is_tried_for_ever_and_it_is_said(stage: Stage) -> None:
    unit = stage.unit(part("fleeting", FLEETING))

    async def story() -> None:
        await unit.start()
        await eventually_async(_is(lambda: "keeps ending, 3 times in a row; its last line: here I am" in stage.said))
        await unit.stop()

    asyncio.run(story())
    assert "ended (exit code 4); starting it again in 2 s" in stage.said


def test_a_part_that_is_asked_to_stop_leaves_by_itself(stage: Stage) -> None:
    asyncio.run(_started_and_stopped(stage.unit(part("polite", POLITE))))
    assert "leaving" in stage.said
    assert "killed" not in stage.said


def test_a_part_that_ignores_sigterm_is_killed_after_its_time(stage: Stage) -> None:
    asyncio.run(_started_and_stopped(stage.unit(part("stubborn", STUBBORN, patience=0.2))))
    assert "does not stop: killed" in stage.said


def test_what_a_part_started_ends_with_it(stage: Stage) -> None:
    asyncio.run(_started_and_stopped(stage.unit(part("parent", PARENT))))
    grandchild = int(stage.said.split("child ")[1].split()[0])
    eventually(lambda: not is_running(grandchild))


def test_a_part_waiting_to_be_started_again_stops_at_once(stage: Stage) -> None:
    unit = stage.unit(part("broken", BROKEN))

    async def story() -> None:
        starting = asyncio.create_task(unit.start())
        await eventually_async(_is(lambda: "starting it again" in stage.said))
        await unit.stop()
        await starting

    asyncio.run(story())
    assert stage.said.count("ended (exit code 3)") == 1


def test_every_line_is_behind_its_parts_name_and_in_its_own_file(stage: Stage) -> None:
    asyncio.run(_started_and_stopped(stage.unit(part("talker", STEADY))))
    assert "talker    | here I am\n" in stage.said
    assert "here I am\n" in (stage.folder / "talker.log").read_text()


def test_a_line_without_end_does_not_stop_the_others(stage: Stage) -> None:
    endless = "print('x' * 300_000, end=''); print(); " + STEADY
    asyncio.run(_started_and_stopped(stage.unit(part("endless", endless))))
    assert stage.said.count("x") >= 300_000


async def _started_and_stopped(unit: Unit) -> None:
    await unit.start()
    await unit.stop()


def _is(condition: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        return condition()

    return ask


def _pid_of(unit: Unit) -> int:
    assert unit.pid is not None
    return unit.pid
