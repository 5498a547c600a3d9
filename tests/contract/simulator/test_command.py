"""How the simulator behaves as a command."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator.__main__ import main
from simulator.faults import Fault
from simulator.life import Life
from tests.support.live_simulator import LiveSimulator

ROOT = Path(__file__).parents[3]
README = (ROOT / "simulator" / "README.md").read_text()


@contextmanager
def command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], LiveSimulator]]:
    argv = [sys.executable, "-m", "simulator", "--port", "0", *arguments]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = re.fullmatch(r"simulator ready (http://127\.0\.0\.1:\d+)\n", process.stdout.readline())
        assert ready
        sim = LiveSimulator(ready[1])
        try:
            yield process, sim
        finally:
            sim.http.close()
            process.kill()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_and_leaves_on_a_signal(stop: signal.Signals) -> None:
    with command("--speed", "60") as (process, sim):
        assert sim.research().status_code == 200
        process.send_signal(stop)
        assert process.wait(20) == 0


def test_what_it_accepted_survives_kill_9(tmp_path: Path) -> None:
    file = str(tmp_path / "data.jsonl")
    with command("--data-file", file) as (process, sim):
        started = [sim.started(labels={"job": str(number)}) for number in range(5)]
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
    with command("--data-file", file, "--default-revision", "legacy") as (_, sim):
        assert [entry["id"] for entry in sim.entries("create")] == started
        assert sim.read(started[0])["role"] == "agent"


def test_a_port_that_is_taken_is_said_and_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["--port", port]) == 2
    assert f"port {port}" in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["0", "-1", "inf", "fast"])
def test_a_speed_must_be_above_zero(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--speed", speed])
    assert "--speed" in capsys.readouterr().err


def test_help_says_that_no_model_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "no model is asked" in capsys.readouterr().out


def test_the_readme_names_every_fault_and_every_field_of_a_life() -> None:
    kinds = re.findall(r"Literal\['(\w+)'\]", " ".join(str(f.model_fields["kind"]) for f in Fault.__args__[0].__args__))
    assert len(kinds) == 24
    missing = [name for name in (*kinds, *Life.model_fields) if f"`{name}`" not in README]
    assert missing == []
