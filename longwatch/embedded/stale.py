"""What a server that was killed leaves behind, told apart from what a living one holds."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

_SHUTDOWN_SECONDS = 60.0
_TICK_SECONDS = 0.05


def clear_postgres_locks(cluster: Path, sockets: Path) -> None:
    """Stop a postgres that outlived its supervisor on *cluster*, then remove lock files nobody living holds."""
    pid_file = cluster / "postmaster.pid"
    holder = _first_number(pid_file)
    if holder is not None and _is_postgres_of(holder, cluster):
        _interrupt_and_wait(holder, cluster)
    pid_file.unlink(missing_ok=True)
    for lock in sockets.glob(".s.PGSQL.*"):
        lock.unlink(missing_ok=True)


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _is_postgres_of(pid: int, cluster: Path) -> bool:
    words = list(_command_line(pid))
    return bool(words) and "postgres" in Path(words[0]).name and str(cluster) in words


def _command_line(pid: int) -> Iterator[str]:
    proc = Path("/proc")
    if (proc / "self").exists():
        return _words_from_proc(proc / str(pid) / "cmdline")
    return _words_from_ps(pid)


def _words_from_proc(cmdline: Path) -> Iterator[str]:
    try:
        # A zombie's command line is empty, which is what makes it count as gone.
        yield from cmdline.read_text(encoding="utf-8", errors="surrogateescape").split("\0")
    except OSError:
        return


def _words_from_ps(pid: int) -> Iterator[str]:
    found = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S607
    program, _, arguments = found.stdout.strip().partition(" -D ")
    yield program
    yield arguments.partition(" -c ")[0]


def _interrupt_and_wait(pid: int, cluster: Path) -> None:
    os.kill(pid, signal.SIGINT)
    tick = threading.Event()
    for _ in range(int(_SHUTDOWN_SECONDS / _TICK_SECONDS)):
        if not _is_postgres_of(pid, cluster):
            return
        tick.wait(_TICK_SECONDS)
