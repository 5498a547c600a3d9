"""How a program of ours is started: in a session of its own, and not outliving us."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import IO

_TETHER = Path(__file__).with_name("tether.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One program to run: what it is given, how it is asked to stop, and what it gets when we die."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    stdin: bytes = b""
    stop_signal: Signals = Signals.SIGTERM
    death_signal: Signals = Signals.SIGTERM
    cwd: Path | None = None

    def tethered(self) -> tuple[str, ...]:
        """Return the arguments that run the program so that the kernel signals it when this process dies."""
        if sys.platform != "linux":
            return self.argv
        return (sys.executable, "-I", "-S", str(_TETHER), str(int(self.death_signal)), str(os.getpid()), *self.argv)


def spawn(command: Command, *, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start *command* with its output, errors too, going to *output*."""
    process = subprocess.Popen(
        command.tethered(),
        env=dict(command.env),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=command.cwd,
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin as stdin:
        stdin.write(command.stdin)
    return process


def stop(process: subprocess.Popen[bytes], command: Command, *, within: float) -> None:
    """Ask *process* to stop, and kill its group when it has not *within* seconds."""
    process.send_signal(command.stop_signal)
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        kill_group(process.pid)
        process.wait()


def kill_group(pid: int) -> None:
    """Kill the session that *pid* leads; nothing happens if it is gone."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
