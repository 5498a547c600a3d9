"""Earlier states of this project, as trees of files beside it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.celery_programs import ROOT

MIGRATIONS = "longwatch/store/migrations/versions"


@contextmanager
def before_the_last_migration(folder: Path) -> Iterator[Path]:
    """Yield a checkout of the commit before the newest migration; skip where there is no such history."""
    newest = max((ROOT / MIGRATIONS).glob("r*.py"))
    added = _git(
        "log", "--no-renames", "--diff-filter=A", "-n", "1", "--format=%H", "--", f"{MIGRATIONS}/{newest.name}"
    )
    if not added or not _git("rev-parse", "--quiet", "--verify", f"{added}^"):
        pytest.skip("there is no git history here that knows the commit before the last migration")
    _git("worktree", "add", "--detach", str(folder), f"{added}^")
    try:
        assert not (folder / MIGRATIONS / newest.name).exists()
        yield folder
    finally:
        _git("worktree", "remove", "--force", str(folder))


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S607
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
