"""A whole installation as a user starts it: `longwatch up` in a data directory of its own, called over HTTP."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import redis

from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]
_KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


@dataclass
class Installation:
    """A running `longwatch up`."""

    process: subprocess.Popen[str]
    data_dir: Path
    lines: list[str] = field(default_factory=list)

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    @property
    def urls(self) -> dict[str, str]:
        """What the `ready` line names."""
        ready = next(line for line in self.lines if line.startswith("ready "))
        return dict(word.split("=", 1) for word in ready.split()[1:])

    @property
    def api(self) -> httpx.Client:
        """A client of its API with its first key."""
        key = (self.data_dir / "api-key").read_text().strip()
        return httpx.Client(
            base_url=self.urls["api"], headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=30
        )

    @property
    def run(self) -> Any:
        """The run.json that other commands find it by."""
        return json.loads((self.data_dir / "run.json").read_text())

    def broker(self) -> "redis.Redis":
        """A client of its Valkey."""
        return redis.Redis.from_url(self._environment("LONGWATCH_BROKER_URL"))

    def simulator(self) -> httpx.Client:
        """A client of its simulator's administration."""
        url = self._environment("LONGWATCH_UPSTREAM_URL")
        return httpx.Client(base_url=url, headers={"x-goog-api-key": "tests"}, trust_env=False, timeout=30)

    def worker(self) -> psutil.Process:
        """The worker's main process."""
        return next(p for p in self.descendants() if "worker.app" in p.cmdline() and not _is_child_of_worker(p))

    def worker_children(self) -> list[psutil.Process]:
        """The worker's prefork children."""
        return self.worker().children()

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def _environment(self, name: str) -> str:
        return next(p.environ()[name] for p in self.descendants() if "uvicorn" in " ".join(p.cmdline()))


def _is_child_of_worker(process: psutil.Process) -> bool:
    parent = process.parent()
    return parent is not None and "worker.app" in parent.cmdline()


@contextmanager
def installed(data_dir: Path, *arguments: str, **settings: str) -> Iterator[Installation]:
    """Run `longwatch up` until the block ends; *settings* are LONGWATCH_* variables in lower case."""
    env = {name: os.environ[name] for name in _KEPT if name in os.environ}
    env |= {"HOME": str(data_dir.parent)} | {f"LONGWATCH_{name.upper()}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "longwatch.cli", "up", "--data-dir", str(data_dir), *arguments]
    process = subprocess.Popen(
        command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    here = Installation(process, data_dir)
    reader = threading.Thread(target=_read, args=(here,))
    reader.start()
    try:
        eventually(lambda: process.poll() is not None or any(x.startswith("ready ") for x in here.lines), within=90)
        assert process.poll() is None, here.said
        yield here
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        finally:
            process.kill()
            process.wait()
            reader.join()


def _read(here: Installation) -> None:
    assert here.process.stdout is not None
    with here.process.stdout as stdout:
        here.lines.extend(line.rstrip("\n") for line in stdout)
