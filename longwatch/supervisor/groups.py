"""The supervisor's side of the guard: which process groups must not outlive it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import Signals

_GUARD = Path(__file__).with_name("guard.py")


class GroupGuard:
    """A process that ends our groups if we are killed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
            bufsize=1,
        )

    @property
    def pid(self) -> int:
        """The guard's own pid."""
        return self._process.pid

    def add(self, group: int, *, stop: Signals) -> None:
        """Have *group* ended if we are killed: by *stop*, then by force."""
        self._tell(f"+{group} {int(stop)}")

    def remove(self, group: int) -> None:
        """Forget *group*: it has ended."""
        self._tell(f"-{group}")

    def close(self) -> None:
        """End the guard; it still ends the groups that were not removed."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n")


@contextmanager
def guarded() -> Iterator[GroupGuard]:
    """Run a guard for the block."""
    guard = GroupGuard()
    try:
        yield guard
    finally:
        guard.close()
