"""Which processes may be harmed? Those of the house and no other: a pid may have passed to a stranger."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import Signals

SIGKILL, SIGSTOP, SIGCONT = Signals.SIGKILL, Signals.SIGSTOP, Signals.SIGCONT

_PROC = Path("/proc")


def children_of(pid: int) -> list[int]:
    """Return the pids that *pid* has started and that still run."""
    lists = (_PROC / str(pid) / "task").glob("*/children")
    return [int(child) for found in lists for child in _read(found).split()]


def belongs_to(pid: int, house: Path) -> bool:
    """Say whether *pid* runs with the data directory of *house* in its environment."""
    variable = b"LONGWATCH_DATA_DIR=" + os.fsencode(house)
    return variable in _read(_PROC / str(pid) / "environ").split(b"\0")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


class Victims:
    """Processes held by descriptors, so that a signal never reaches another of the same pid."""

    def __init__(self, pids: list[int], house: Path) -> None:
        opened = [(pid, _opened(pid)) for pid in pids]
        self._descriptors = [found for pid, found in opened if found is not None and belongs_to(pid, house)]
        self._strangers = [found for _, found in opened if found is not None and found not in self._descriptors]

    def __bool__(self) -> bool:
        return bool(self._descriptors)

    def send(self, number: Signals) -> int:
        """Send a signal to all; return how many were still there."""
        return sum(_sent(descriptor, number) for descriptor in self._descriptors)

    def close(self) -> None:
        """Let go of them."""
        for descriptor in (*self._descriptors, *self._strangers):
            os.close(descriptor)


@contextmanager
def victims(pids: list[int], house: Path) -> Iterator[Victims]:
    """Hold those of *pids* that belong to *house* for the block."""
    held = Victims(pids, house)
    try:
        yield held
    finally:
        held.close()


def _opened(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def _sent(descriptor: int, number: Signals) -> bool:
    try:
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    return True
