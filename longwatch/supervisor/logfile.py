"""A log file per part that does not grow without bound."""

from pathlib import Path
from typing import IO

_LIMIT_BYTES = 10_000_000
_KEPT = 3


class LogFile:
    """Lines appended to *path*; full files move aside as `.1`, `.2`, `.3`."""

    def __init__(self, path: Path, *, limit: int = _LIMIT_BYTES) -> None:
        self._path = path
        self._limit = limit
        self._file = self._opened()

    def write(self, line: str) -> None:
        """Append *line*."""
        if self._file.tell() >= self._limit:
            self._rotate()
        self._file.write(f"{line}\n".encode(errors="replace"))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _opened(self) -> IO[bytes]:
        self._path.touch(mode=0o600)
        return self._path.open("ab")

    def _rotate(self) -> None:
        self._file.close()
        for number in range(_KEPT - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self._path.replace(self._numbered(1))
        self._file = self._opened()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")
