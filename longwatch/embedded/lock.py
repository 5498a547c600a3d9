"""Who uses a data directory: one process at a time, by a lock that the kernel frees when it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from longwatch.embedded.errors import DataDirectoryHeldError
from longwatch.embedded.private import private_directory


@contextmanager
def held(directory: Path, *, by: str) -> Iterator[None]:
    """Hold *directory* for the block; raise DataDirectoryHeldError naming the holder if it is held."""
    private_directory(directory)
    with _opened(directory) as file:
        if not _taken(file, fcntl.LOCK_EX):
            raise DataDirectoryHeldError(directory=directory, holder=_holder(file))
        file.truncate(0)
        file.write(f"{by} (pid {os.getpid()})\n")
        file.flush()
        yield


def is_held(directory: Path) -> bool:
    """Return whether a living process holds *directory*."""
    if not (directory / "lock").exists():
        return False
    with _opened(directory) as file:
        return not _taken(file, fcntl.LOCK_SH)


def _opened(directory: Path) -> IO[str]:
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    return os.fdopen(descriptor, "a+", encoding="utf-8")


def _taken(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: IO[str]) -> str:
    file.seek(0)
    return file.read().strip() or "another process"
