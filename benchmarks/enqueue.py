"""What does it cost to post a job? One at a time, a thousand at once, and beside a bare FastAPI + psycopg insert.

`python -m benchmarks.enqueue [--rounds 5] [--seconds 4]`: the cases take turns in each round; only their ratios mean
anything on a machine that others use too.
"""

import argparse
import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from longwatch.embedded.postgres import EmbeddedPostgres, socket_directory
from longwatch.embedded.running import running
from longwatch.store.migrate import upgrade

CONCURRENT = 8
BATCH = 1000
KEY = "benchmark"
JOB = {"request": {"agent": "deep-research-preview-04-2026", "input": "Research tides. " * 16, "background": True}}
_LISTENS = re.compile(r"running on (http://\S+)")


@dataclass(frozen=True, slots=True)
class Server:
    """A uvicorn process and where it listens."""

    url: str
    process: psutil.Process


@dataclass(frozen=True, slots=True)
class Round:
    """What one case came to in one round: jobs a second, its requests' 99th percentile, the server's CPU for a job."""

    rate: float
    p99_ms: float
    cpu_ms: float


@contextmanager
def serving(app: str, folder: Path, environment: dict[str, str]) -> Iterator[Server]:
    """Run *app* over a free port."""
    log = folder / f"{app.partition(':')[0]}.log"
    argv = [sys.executable, "-m", "uvicorn", app, "--port", "0", "--no-access-log"]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", **environment}
    with log.open("wb") as output, subprocess.Popen(argv, env=env, stdout=output, stderr=subprocess.STDOUT) as process:
        try:
            yield Server(_listening(process, log), psutil.Process(process.pid))
        finally:
            process.terminate()


def _listening(process: subprocess.Popen[bytes], log: Path) -> str:
    while process.poll() is None:
        found = _LISTENS.search(log.read_text())
        if found:
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(log.read_text())


async def load(server: Server, path: str, body: dict[str, Any], *, jobs: int, seconds: float) -> Round:
    """Post *body*, which holds so many *jobs*, over and over from a few connections at once."""
    taken: list[float] = []
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as session:
        begun, cpu = time.perf_counter(), _cpu(server)
        posting = (_post(session, path, body, until=begun + seconds, taken=taken) for _ in range(CONCURRENT))
        await asyncio.gather(*posting)
        done, spent = len(taken) * jobs, _cpu(server) - cpu
    taken.sort()
    rate = done / (time.perf_counter() - begun)
    return Round(rate, 1000 * taken[int(len(taken) * 0.99)], 1000 * spent / done)


def _cpu(server: Server) -> float:
    times = server.process.cpu_times()
    return float(times.user + times.system)


async def _post(
    session: aiohttp.ClientSession, path: str, body: dict[str, Any], *, until: float, taken: list[float]
) -> None:
    while (begun := time.perf_counter()) < until:
        async with session.post(path, json=body) as answer:
            await answer.read()
            if answer.status not in {200, 202}:
                raise RuntimeError(await answer.text())
        taken.append(time.perf_counter() - begun)


async def measure(ours: Server, bare: Server, *, rounds: int, seconds: float) -> dict[str, list[Round]]:
    """Return each case's rounds; a first, short one warms up and is thrown away."""
    cases: dict[str, tuple[Server, str, dict[str, Any], int]] = {
        "one at a time": (ours, "/v1/jobs", JOB, 1),
        "bare insert": (bare, "/jobs", JOB, 1),
        f"{BATCH} at once": (ours, "/v1/jobs/batch", {"items": [JOB] * BATCH}, BATCH),
    }
    found: dict[str, list[Round]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, (server, path, body, jobs) in cases.items():
            result = await load(server, path, body, jobs=jobs, seconds=seconds if number else 1)
            found[name] += [result] * bool(number)
    return found


def report(found: dict[str, list[Round]]) -> str:
    """Return a Markdown table: medians, with the least and the most."""
    lines = ["| case | jobs/s | p99 of a request, ms | CPU of the api, ms a job |", "|---|---|---|---|"]
    for name, rounds in found.items():
        columns = [_spread([getattr(each, field) for each in rounds]) for field in ("rate", "p99_ms", "cpu_ms")]
        lines.append(f"| {name} | {' | '.join(columns)} |")
    single, batch = (
        statistics.median(each.rate for each in found[name]) for name in ("one at a time", f"{BATCH} at once")
    )
    return "\n".join([*lines, "", f"A batch stores {batch / single:.1f} times as many jobs a second."])


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g}-{max(values):.3g})"


def main() -> None:
    """Run the servers, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="longwatch-bench-")))
        sockets = stack.enter_context(socket_directory())
        postgres = EmbeddedPostgres(directory=folder, sockets=sockets)
        url = stack.enter_context(running(postgres, log=folder / "postgres.log"))
        upgrade(url)
        plain = url.replace("+psycopg", "")
        settings = {"LONGWATCH_DATABASE_URL": url, "LONGWATCH_API_KEY": KEY, "LONGWATCH_LOG_LEVEL": "warning"}
        settings |= {"GEMINI_API_KEY": KEY, "LONGWATCH_ENCRYPTION_KEYS": "A" * 43 + "="}
        ours = stack.enter_context(serving("api.app:app", folder, settings))
        bare = stack.enter_context(serving("benchmarks.bare_enqueue:app", folder, {"BARE_DATABASE_URL": plain}))
        print(report(asyncio.run(measure(ours, bare, rounds=wanted.rounds, seconds=wanted.seconds))))


if __name__ == "__main__":
    main()
