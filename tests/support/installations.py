"""A whole `longwatch up`, in a terminal of its own."""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import redis

from tests.support.terminals import TerminalProgram, in_terminal
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]
_START_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Up:
    """A running installation: its terminal, its data directory and its ready line."""

    program: TerminalProgram
    data_dir: Path
    urls: dict[str, str]

    @property
    def run(self) -> dict[str, Any]:
        """What its `run.json` says now."""
        found: dict[str, Any] = json.loads((self.data_dir / "run.json").read_text())
        return found

    @property
    def api_key(self) -> str:
        """The key that was made for it."""
        return (self.data_dir / "api-key").read_text().strip()

    @property
    def api(self) -> httpx.Client:
        """A client of its API with its first key."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        return httpx.Client(base_url=self.urls["api"], headers=headers, trust_env=False, timeout=60)

    @property
    def database_url(self) -> str:
        """The SQLAlchemy URL of its PostgreSQL."""
        return self._setting("LONGWATCH_DATABASE_URL")

    def broker(self) -> redis.Redis:
        """A client of its Valkey."""
        return redis.Redis.from_url(self._setting("LONGWATCH_BROKER_URL"))

    def simulator(self) -> httpx.Client:
        """A client of its simulator's administration."""
        url = self._setting("LONGWATCH_UPSTREAM_URL")
        return httpx.Client(base_url=url, headers={"x-goog-api-key": "tests"}, trust_env=False, timeout=30)

    def worker(self) -> psutil.Process:
        """The worker's main process; its children are the prefork pool."""
        return psutil.Process(self.pid_of("worker"))

    def _setting(self, name: str) -> str:
        return psutil.Process(self.pid_of("api")).environ()[name]

    def pid_of(self, part: str) -> int:
        """Return the pid of *part*."""
        return int(self.run["processes"][part])


@contextmanager
def up(data_dir: Path, *options: str, **settings: str) -> Iterator[Up]:
    """Run `longwatch up` on any free ports until the block ends or stops it; yield once it is ready."""
    argv = [sys.executable, "-m", "longwatch.cli", "up", "--data-dir", str(data_dir)]
    ports = ["--api-port", "0"] + ([] if "--no-flower" in options else ["--flower-port", "0"])
    with in_terminal([*argv, *ports, *options], env=_environment(settings), cwd=str(ROOT)) as program:
        ready = eventually(lambda: _ready_line(program), within=_START_SECONDS)
        yield Up(program, data_dir, dict(word.split("=", 1) for word in ready.split()))
        program.process.terminate()
        program.exit_code(within=60)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONGWATCH_", "GEMINI_"))}
    return {**kept, "NO_COLOR": "1", **settings}


def _ready_line(program: TerminalProgram) -> str:
    line = re.search(r"^ready (.*)\n", program.shown, re.MULTILINE)
    assert line or program.process.poll() is None, program.shown
    return line[1] if line else ""
