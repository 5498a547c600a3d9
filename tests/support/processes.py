"""Which processes are there?"""

import os
from pathlib import Path

import psutil


def is_running(pid: int) -> bool:
    """Return whether *pid* runs; a zombie, which a container's pid 1 may leave for ever, does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def running_with(text: str) -> list[str]:
    """Return the command lines, other than our own, that contain *text*."""
    lines = (_command_line(process) for process in psutil.process_iter() if process.pid != os.getpid())
    return [line for line in lines if text in line]


def descendants(pid: int) -> dict[int, str]:
    """Return the pid and command line of everything that *pid* has started and that still runs."""
    return {child.pid: _command_line(child) for child in psutil.Process(pid).children(recursive=True)}


def mode(path: Path) -> int:
    """Return the permission bits of *path*."""
    return path.stat().st_mode & 0o777


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()) if process.status() != psutil.STATUS_ZOMBIE else ""
    except psutil.Error:
        return ""
