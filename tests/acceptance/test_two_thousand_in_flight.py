"""A worker that was away for ten minutes with 2,000 runs in flight finds short queues and catches up at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from longwatch.broker.queues import QUEUES
from tests.support.databases import libpq
from tests.support.installations import Up, up
from tests.support.waiting import eventually

RUNS = 2_000
AWAY = "600 s"
LONGEST_QUEUE = 16
LATER = "CREATE OR REPLACE FUNCTION lw_now() RETURNS timestamptz LANGUAGE sql STABLE AS "

pytestmark = [pytest.mark.soak, pytest.mark.timeout(400)]


def post(api: httpx.Client) -> None:
    items = [{"request": {"agent": "deep-research-preview-04-2026", "input": f"Tides of {n}"}} for n in range(1000)]
    for _ in range(RUNS // 1000):
        answer = api.post("/v1/jobs/batch", json={"items": items}, timeout=60)
        assert {item["status"] for item in answer.raise_for_status().json()["items"]} == {202}


def overdue(database: "psycopg.Connection[tuple[float]]") -> float:
    statement = (
        "SELECT coalesce(extract(epoch FROM lw_now() - min(due_at)), 0) FROM interaction WHERE due_at IS NOT NULL"
    )
    row = database.execute(statement).fetchone()
    assert row is not None
    return float(row[0])


def running(database: "psycopg.Connection[tuple[float]]") -> float:
    row = database.execute("SELECT count(*) FROM job WHERE status = 'in_progress'").fetchone()
    assert row is not None
    return row[0]


@contextmanager
def stopped(worker: psutil.Process) -> Iterator[None]:
    processes = [worker, *worker.children(recursive=True)]
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    yield
    for process in processes:
        os.kill(process.pid, signal.SIGCONT)


def queue_lengths(house: Up) -> list[int]:
    with house.broker() as broker:
        return [len(broker.lrange(queue.value, 0, -1)) for queue in QUEUES]


def test_a_worker_back_after_ten_minutes_finds_short_queues_and_catches_up(tmp_path: Path) -> None:
    settings = {"LONGWATCH_MAX_RUNNING": str(RUNS), "LONGWATCH_SIMULATOR_SPEED": "1"}
    with up(tmp_path / "data", "--no-flower", **settings) as house, house.api as api:
        with house.simulator() as simulator:
            lasting = {"life": {"run_seconds": 100_000}}
            simulator.post("/__sim/script", json={"rules": [lasting]}).raise_for_status()
        post(api)
        with psycopg.connect(libpq(house.database_url), autocommit=True) as database:
            eventually(lambda: running(database) == RUNS, within=150)
            with stopped(house.worker()):
                database.execute(f"{LATER} 'SELECT statement_timestamp() + interval ''{AWAY}'''")
                assert overdue(database) > 500
                eventually(lambda: max(queue_lengths(house)) > 0, within=10)
                lengths = [queue_lengths(house) for _ in range(2_000)]
                assert max(map(max, lengths)) <= LONGEST_QUEUE
            eventually(lambda: overdue(database) < 60, within=60)
            assert running(database) == RUNS
