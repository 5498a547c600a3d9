"""Files and directories that only their owner can read."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path


def private_directory(path: Path) -> Path:
    """Make *path*, owner-only, unless it is there; one that is there keeps its mode."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write_private(path: Path, text: str) -> None:
    """Replace *path* by *text* in one step, readable by its owner only."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)


def kept(path: Path, make: Callable[[], str]) -> str:
    """Return the secret kept at *path*, made by *make* the first time."""
    if path.exists():
        found = path.read_text(encoding="utf-8").strip()
        if found:
            return found
    write_private(path, f"{make()}\n")
    return path.read_text(encoding="utf-8").strip()


def password() -> str:
    """Return a new password that needs no quoting in a URL, a shell or a configuration file."""
    return secrets.token_hex(24)
