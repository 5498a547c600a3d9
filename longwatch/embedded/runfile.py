"""`run.json`: how other commands find the servers of a running `longwatch up`."""

import json
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

from longwatch.embedded.lock import is_held
from longwatch.embedded.private import write_private


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """The pids and URLs of one run; the URLs carry passwords, so the file is its owner's only."""

    pid: int
    sockets: str | None = None
    urls: dict[str, str] = field(default_factory=dict)
    processes: dict[str, int] = field(default_factory=dict)

    def write(self, directory: Path) -> None:
        """Replace the file in *directory*."""
        write_private(_path(directory), json.dumps(asdict(self), indent=2) + "\n")


def read_live(directory: Path) -> RunFile | None:
    """Return what the process that now holds *directory* wrote; None when nobody holds it or it has not yet."""
    return _read(directory) if is_held(directory) else None


def clear(directory: Path) -> None:
    """Remove the file, and the socket folder of a run that had no time to; call it holding the lock."""
    left = _read(directory)
    if left is not None and left.sockets is not None and Path(left.sockets).name.startswith("longwatch-"):
        shutil.rmtree(left.sockets, ignore_errors=True)
    _path(directory).unlink(missing_ok=True)


def _read(directory: Path) -> RunFile | None:
    try:
        return RunFile(**json.loads(_path(directory).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _path(directory: Path) -> Path:
    return directory / "run.json"
