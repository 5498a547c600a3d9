"""What has a peer to do? One create, polls until the run is over, one webhook; told by BENCH_ variables."""

import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx

from benchmarks.rhythm import Rhythm

UPSTREAM = os.environ["BENCH_UPSTREAM"]
HOOK = os.environ["BENCH_HOOK"]
RUNS = f"{UPSTREAM}/v1beta/interactions"
REDIS = os.environ.get("BENCH_REDIS", "")
DATABASE = os.environ.get("BENCH_DATABASE", "")
FAST = os.environ.get("BENCH_TRANSPORT") == "aiohttp"
RHYTHM = Rhythm.read(os.environ["BENCH_RHYTHM"])
HEADERS = {"x-goog-api-key": "bench"}
_PATIENCE = 60.0


def asked(number: int) -> dict[str, str]:
    """Return the create body of job *number*."""
    return {"agent": "deep-research-preview-04-2026", "input": f"bench-{number}"}


def told(number: int, run: dict[str, Any]) -> dict[str, Any]:
    """Return the webhook's body."""
    return {"type": "job.completed", "data": {"job": f"bench-{number}", "status": run["status"]}}


def client() -> httpx.AsyncClient:
    """Return the client of a worker: stock httpx, or httpx's API over aiohttp's transport."""
    if not FAST:
        return httpx.AsyncClient(headers=HEADERS, timeout=_PATIENCE, limits=httpx.Limits(max_connections=100))
    from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415 - Celery's environment does without it

    transport = AiohttpTransport(limits=httpx.Limits(max_connections=100))
    return httpx.AsyncClient(headers=HEADERS, timeout=_PATIENCE, transport=transport)


async def create(http: httpx.AsyncClient, number: int) -> str:
    """Begin the run and return its id."""
    answer = await http.post(RUNS, json=asked(number))
    return str(answer.raise_for_status().json()["id"])


async def poll(http: httpx.AsyncClient, run_id: str) -> dict[str, Any] | None:
    """Return the run once it is over."""
    answer = await http.get(f"{RUNS}/{run_id}")
    run: dict[str, Any] = answer.raise_for_status().json()
    return None if run["status"] == "in_progress" else run


async def tell(http: httpx.AsyncClient, number: int, run: dict[str, Any]) -> None:
    """Send the webhook."""
    (await http.post(HOOK, json=told(number, run))).raise_for_status()


def orders() -> Iterator[tuple[int, float | None]]:
    """Say `ready`, then yield what is asked for: a job's number, and for one in flight the wait until its next poll."""
    print("ready", flush=True)
    for line in sys.stdin:
        number, _, wait = line.partition(" ")
        yield int(number), float(wait) if wait else None


async def obey(start: Callable[[int], Awaitable[object]], hold: Callable[[int, float], Awaitable[object]]) -> None:
    """Do what is asked for, one order after the other."""
    for number, wait in orders():
        await (start(number) if wait is None else hold(number, wait))
