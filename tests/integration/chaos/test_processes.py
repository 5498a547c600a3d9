"""Is a signal for the house's processes only, and is a program kept running until it is told not to be?"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

import psutil
import pytest

from chaos.processes import SIGCONT, SIGKILL, SIGSTOP, belongs_to, children_of, victims
from chaos.program import Program
from longwatch.embedded.process import Command
from tests.support.waiting import eventually, eventually_async

PAUSE = "import signal; signal.pause()"
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {PAUSE!r}]); {PAUSE}"


@contextmanager
def running(program: str, house: Path) -> Iterator[subprocess.Popen[bytes]]:
    env = {**os.environ, "LONGWATCH_DATA_DIR": str(house)}
    process = subprocess.Popen([sys.executable, "-I", "-S", "-c", program], env=env)
    try:
        # Its environment can be read a moment after it has begun.
        eventually(lambda: belongs_to(process.pid, house))
        yield process
    finally:
        process.kill()
        process.wait()


def state_of(process: "subprocess.Popen[bytes]") -> str:
    return psutil.Process(process.pid).status()


def test_a_process_of_the_house_is_killed(tmp_path: Path) -> None:
    with running(PAUSE, tmp_path) as process, victims([process.pid], tmp_path) as found:
        assert found.send(SIGKILL) == 1
        assert process.wait(10) == -SIGKILL
        assert found.send(SIGKILL) == 0


def test_a_process_of_the_house_is_stopped_and_goes_on(tmp_path: Path) -> None:
    with running(PAUSE, tmp_path) as process, victims([process.pid], tmp_path) as found:
        found.send(SIGSTOP)
        eventually(lambda: state_of(process) == psutil.STATUS_STOPPED)
        found.send(SIGCONT)
        eventually(lambda: state_of(process) != psutil.STATUS_STOPPED)


def test_a_stranger_of_that_pid_is_left_alone(tmp_path: Path) -> None:
    with running(PAUSE, tmp_path / "another") as stranger, victims([stranger.pid], tmp_path) as found:
        assert not found
        assert found.send(SIGKILL) == 0
        assert stranger.poll() is None


def test_a_pid_that_nobody_has_is_nobodys(tmp_path: Path) -> None:
    with running(PAUSE, tmp_path) as process:
        pass
    with victims([process.pid], tmp_path) as found:
        assert not found
    assert not belongs_to(process.pid, tmp_path)
    assert children_of(process.pid) == []


def test_children_are_found(tmp_path: Path) -> None:
    with running(PARENT, tmp_path) as parent:
        [child] = eventually(lambda: children_of(parent.pid))
        assert eventually(lambda: belongs_to(child, tmp_path))
        with victims([child], tmp_path) as found:
            assert found.send(SIGKILL) == 1


def command() -> Command:
    return Command(argv=(sys.executable, "-I", "-S", "-c", PAUSE), env={})


@pytest.mark.anyio
async def test_a_program_that_is_killed_is_started_again_until_it_is_taken_down(tmp_path: Path) -> None:
    program = Program("program", command, log=tmp_path / "log")
    program.start()
    first = program.pid
    assert first is not None
    os.kill(first, SIGKILL)

    async def again() -> bool:
        return program.pid not in {None, first}

    assert await eventually_async(again)
    await program.down(Signals.SIGTERM)
    assert program.pid is None


@pytest.mark.anyio
async def test_a_program_that_does_not_heed_is_killed(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    argv = (sys.executable, "-I", "-S", "-c", deaf)
    log = tmp_path / "log"
    program = Program("program", lambda: Command(argv=argv, env={}), log=log)
    program.start()

    async def ready() -> bool:
        return log.exists() and b"deaf" in log.read_bytes()

    assert await eventually_async(ready)
    await program.down(Signals.SIGTERM, within=0.5)
    assert program.pid is None


@pytest.mark.anyio
async def test_a_program_that_never_ran_is_down_already(tmp_path: Path) -> None:
    program = Program("program", command, log=tmp_path / "log")
    await program.down(Signals.SIGTERM)
    assert program.pid is None
