"""Longwatch as it is shipped: `longwatch up` with its own PostgreSQL and Valkey, jobs posted to its API one by one."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from benchmarks.programs import program, said, wait
from benchmarks.runners.prefill import in_flight
from benchmarks.runners.runner import Setup

_PARTS = ("api", "scheduler", "worker", "follow", "flower", "postgres", "valkey")
AGENT = "deep-research-preview-04-2026"


@dataclass(frozen=True, slots=True)
class RunningOurs:
    """An installation at work; `processes` are its parts by name, without the supervisor, which production lacks."""

    hook: str
    api: httpx.Client
    processes: Mapping[str, int]
    database_url: str
    broker_url: str
    folder: Path

    @property
    def groups(self) -> dict[str, tuple[int]]:
        """Return the process at the root of each part."""
        return {name: (pid,) for name, pid in self.processes.items() if name in _PARTS}

    def start(self, number: int) -> None:
        """Post one job."""
        name = f"bench-{number}"
        job = {"request": {"agent": AGENT, "input": name}, "webhook_url": self.hook, "metadata": {"bench": name}}
        self.api.post("/v1/jobs", json=job).raise_for_status()

    def hold(self, count: int, *, over: float) -> None:
        """Put *count* running interactions into the tables, as if they had been created before."""
        in_flight(self.database_url, count, over=over, agent=AGENT)


@dataclass(frozen=True, slots=True)
class Ours:
    """The product; with *flower* its Flower runs too, *workers* are the worker's children if not as many as shipped."""

    name: str = "Longwatch"
    flower: bool = False
    workers: int | None = None

    @contextmanager
    def running(self, setup: Setup) -> Iterator[RunningOurs]:
        """Run an installation in a folder of its own."""
        data, log = setup.folder / "data", setup.folder / "ours.log"
        ports = ["--api-port", "0", *(["--flower-port", "0"] if self.flower else ["--no-flower"])]
        size = [] if self.workers is None else ["--workers", str(self.workers)]
        argv = [sys.executable, "-m", "longwatch.cli", "up", "--data-dir", str(data), *ports, *size]
        with program(argv, _environment(setup), log=log) as process:
            wait(lambda: said(log, "\nready ")() or process.poll() is not None, what=f"longwatch up ({log})")
            with _api(data) as api:
                yield _at_work(setup, data, api)


def _at_work(setup: Setup, data: Path, api: httpx.Client) -> RunningOurs:
    processes = json.loads((data / "run.json").read_text())["processes"]
    env = psutil.Process(processes["api"]).environ()
    return RunningOurs(
        hook=setup.upstream.hook,
        api=api,
        processes=processes,
        database_url=env["LONGWATCH_DATABASE_URL"],
        broker_url=env["LONGWATCH_BROKER_URL"],
        folder=data,
    )


def _api(data: Path) -> httpx.Client:
    url = json.loads((data / "run.json").read_text())["urls"]["api"]
    key = (data / "api-key").read_text().strip()
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, trust_env=False, timeout=30)


def _environment(setup: Setup) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONGWATCH_", "GEMINI_"))}
    trust = {"SSL_CERT_FILE": str(setup.upstream.certificate)} if setup.upstream.certificate else {}
    return {
        **kept,
        **trust,
        "GEMINI_API_KEY": "bench",
        "LONGWATCH_UPSTREAM_URL": setup.upstream.url,
        "LONGWATCH_WEBHOOK_ALLOW": "127.0.0.0/8",
        "LONGWATCH_MAX_RUNNING": "1000000",
        "LONGWATCH_POLL_POLICY": "exponential",
        "LONGWATCH_POLL_FIRST": str(setup.rhythm.first),
        "LONGWATCH_POLL_FACTOR": str(setup.rhythm.factor),
        "LONGWATCH_POLL_CAP": str(setup.rhythm.cap),
        "LONGWATCH_POLL_JITTER": "0",
        **setup.extra,
    }
