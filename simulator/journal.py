"""What survives when the simulator is killed?"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]


class Journal:
    """An append-only file of JSON lines, each written with one system call; keeps nothing without a *path*."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: int | None = None

    def records(self) -> Iterator[Record]:
        """Return what was written before, in order; a line torn by a kill is left out."""
        if self._path is None or not self._path.exists():
            return
        for line in self._path.read_bytes().split(b"\n"):
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def append(self, kind: str, record: Record) -> None:
        """Write one record before returning."""
        if self._path is not None:
            line = json.dumps({"kind": kind} | record, separators=(",", ":"))
            os.write(self._open(self._path), f"\n{line}".encode())

    def clear(self) -> None:
        """Forget everything."""
        if self._path is not None:
            os.ftruncate(self._open(self._path), 0)

    def close(self) -> None:
        """Give the file back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self, path: Path) -> int:
        if self._file is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        return self._file
