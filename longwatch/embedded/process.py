"""How a program of ours is started: in a session of its own, and not outliving us."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One program to run: what it is given, how it is asked to stop, and what it gets when we die."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    stdin: bytes = b""
    stop_signal: Signals = Signals.SIGTERM
    death_signal: Signals = Signals.SIGTERM
    cwd: Path | None = None


def dies_with_us(death_signal: Signals) -> Callable[[], None]:
    """Return what a new child runs before its program, so that the kernel signals it when this process dies."""
    parent = os.getpid()

    def in_child() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        # The parent may have died between the fork and the call above.
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return in_child


def spawn(command: Command, *, output: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start *command* with its output, errors too, going to *output*."""
    process = subprocess.Popen(
        command.argv,
        env=dict(command.env),
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=command.cwd,
        start_new_session=True,
        preexec_fn=dies_with_us(command.death_signal),  # noqa: PLW1509 - the only way to PR_SET_PDEATHSIG; it takes no lock
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
