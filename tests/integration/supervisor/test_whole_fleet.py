import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import descendants, is_running
from tests.support.terminals import TerminalProgram, in_terminal
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[3]


@contextmanager
def fleet(folder: Path, worker: str) -> Iterator[TerminalProgram]:
    argv = [sys.executable, "-m", "tests.support.fleet_program", str(folder), worker]
    with in_terminal(argv, env={**os.environ, "NO_COLOR": "1"}, cwd=str(ROOT)) as program:
        yield program


def test_what_the_others_rely_on_starts_first(tmp_path: Path) -> None:
    with fleet(tmp_path, "POLITE") as program:
        program.shows("ready all")
        ready = re.findall(r"(\w+) is ready", program.shown)
        program.press_ctrl_c()
        assert program.exit_code() == 0
    assert ready[0] == "queue"
    assert sorted(ready[1:]) == ["scheduler", "worker"]


def test_ctrl_c_stops_whoever_hands_out_work_first_and_the_servers_last(tmp_path: Path) -> None:
    with fleet(tmp_path, "POLITE") as program:
        program.shows("ready all")
        program.press_ctrl_c()
        assert program.exit_code() == 0
    assert re.findall(r"(\w+) +\| leaving", program.shown) == ["scheduler", "worker", "queue"]


def test_sigterm_is_as_good_as_ctrl_c(tmp_path: Path) -> None:
    with fleet(tmp_path, "POLITE") as program:
        program.shows("ready all")
        program.process.terminate()
        assert program.exit_code() == 0


def test_ctrl_c_while_parts_still_start_stops_them_too(tmp_path: Path) -> None:
    with fleet(tmp_path, "SILENT") as program:
        program.shows("scheduler is ready")
        program.press_ctrl_c()
        assert program.exit_code() == 0
    assert "ready all" not in program.shown


def test_a_second_ctrl_c_is_final(tmp_path: Path) -> None:
    with fleet(tmp_path, "STUBBORN") as program:
        program.shows("ready all")
        parts = descendants(program.process.pid)
        program.press_ctrl_c()
        program.shows("scheduler | leaving")
        program.press_ctrl_c()
        assert program.exit_code(within=10) == 130
    eventually(lambda: not [line for pid, line in parts.items() if is_running(pid)])


def test_a_part_that_cannot_start_ends_everything_with_its_last_lines(tmp_path: Path) -> None:
    with fleet(tmp_path, "BROKEN") as program:
        assert program.exit_code() == 1
    assert "worker did not start" in program.shown
    assert "queue     | leaving" in program.shown


@pytest.mark.slow
@pytest.mark.parametrize("worker", ["POLITE", "PARENT"])
def test_nothing_is_left_when_the_supervisor_is_killed(tmp_path: Path, worker: str) -> None:
    with fleet(tmp_path, worker) as program:
        program.shows("ready all")
        parts = descendants(program.process.pid)
        assert len(parts) >= 4
        program.process.kill()
        eventually(lambda: not [line for pid, line in parts.items() if is_running(pid)], within=20)


def test_a_background_job_of_a_script_hears_sigint_too(tmp_path: Path) -> None:
    script = '"$0" -m tests.support.fleet_program "$1" POLITE > "$1/out" & echo $!; wait $!'
    argv = ["/bin/sh", "-c", script, sys.executable, str(tmp_path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT, text=True) as shell:
        assert shell.stdout is not None
        supervisor = int(shell.stdout.readline())
        out = tmp_path / "out"
        eventually(lambda: out.exists() and "ready all" in out.read_text(), within=60)
        os.kill(supervisor, signal.SIGINT)
        assert shell.wait(20) == 0
