"""Celery in its two usual ways: a task that sleeps between polls, and a task that retries itself."""

import time
from functools import cache
from typing import Any

import httpx
from celery import Celery

from benchmarks.peers.work import HEADERS, HOOK, REDIS, RHYTHM, RUNS, asked, orders, told

app = Celery("bench", broker=REDIS, backend=REDIS)


@cache
def http() -> httpx.Client:
    """Return the process's client, made after the fork."""
    return httpx.Client(headers=HEADERS, timeout=60, limits=httpx.Limits(max_connections=100))


def _create(number: int) -> str:
    return str(http().post(RUNS, json=asked(number)).raise_for_status().json()["id"])


def _poll(run_id: str) -> dict[str, Any] | None:
    run: dict[str, Any] = http().get(f"{RUNS}/{run_id}").raise_for_status().json()
    return None if run["status"] == "in_progress" else run


def _tell(number: int, run: dict[str, Any]) -> None:
    http().post(HOOK, json=told(number, run)).raise_for_status()


@app.task
def loop(number: int) -> dict[str, Any]:
    """Hold one slot of the worker from the create to the webhook."""
    run_id, run, taken = _create(number), None, 0
    while run is None:
        time.sleep(RHYTHM.delay(taken))
        run, taken = _poll(run_id), taken + 1
    _tell(number, run)
    return run


@app.task(bind=True, max_retries=None)
def retry(self: Any, number: int, run_id: str | None = None) -> dict[str, Any]:
    """Do one step, then come back after the delay."""
    if run_id is None:
        raise self.retry(args=(number, _create(number)), countdown=RHYTHM.delay(0))
    run = _poll(run_id)
    if run is None:
        raise self.retry(args=(number, run_id), countdown=RHYTHM.delay(self.request.retries))
    _tell(number, run)
    return run


def produce(task: Any) -> None:
    """Enqueue what is asked for."""
    for number, wait in orders():
        if wait is None:
            task.delay(number)
        else:
            task.apply_async((number, f"run-{number}"), countdown=wait)
