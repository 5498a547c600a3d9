"""What happens when much is due at once, or everything hangs?"""

import asyncio
import uuid

import pytest
from structlog.testing import capture_logs

from longwatch.domain.receivers import Attempts
from longwatch.webhooks.client import MOST_CONNECTIONS
from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator
from tests.support.raw_server import answer, silence
from tests.support.receiver import Answer, Receiver
from tests.support.scripted_upstream import house_told
from tests.support.store import execute
from tests.support.waiting import eventually_async
from worker import batches

pytestmark = pytest.mark.anyio

CROWD = 300
_MULTIPLY = """
INSERT INTO interaction (id, job_id, lane_id, attempt, role, upstream_id, create_outcome, answered_at, due_at)
SELECT gen_random_uuid(), job_id, lane_id, attempt, 'collect', 'run-' || number, 'accepted', lw_now(), lw_now()
FROM interaction, generate_series(1, :crowd) AS number
"""


async def _crowd(home: House) -> uuid.UUID:
    job = await home.job()
    await home.running(job)
    await execute(home.runtime.engine, _MULTIPLY, crowd=CROWD)
    return job


async def test_hundreds_of_reads_that_fail_at_once_wait_for_no_connection_in_vain(database_url: str) -> None:
    broken = answer({"error": {"code": "api_error", "message": "Broken."}}, status=500)
    async with house_told(database_url, broken) as (home, _):
        await _crowd(home)
        with capture_logs() as logs:
            await home.pump()
            await eventually_async(lambda: _all_failed(home), within=30)
        assert not [entry for entry in logs if entry["log_level"] in {"warning", "error"}]


async def _all_failed(home: House) -> bool:
    [count] = await home.rows("SELECT count(*) AS failed FROM interaction WHERE failures = 1")
    return bool(count["failed"] == CROWD)


async def test_hundreds_of_runs_still_at_work_are_planned_again_in_few_statements(database_url: str) -> None:
    async with house_told(database_url, {"id": "run-1", "status": "in_progress"}) as (home, _):
        await _crowd(home)
        await home.pump()
        await eventually_async(lambda: _read_once(home, CROWD), within=30)
        [count] = await home.rows("SELECT count(DISTINCT xmin::text) AS writes FROM interaction WHERE polls = 1")
        assert count["writes"] < CROWD / 5


async def _read_once(home: House, wanted: int) -> bool:
    [count] = await home.rows("SELECT count(*) AS n FROM interaction WHERE polls = 1")
    return bool(count["n"] == wanted)


async def test_a_few_answers_that_do_not_come_keep_no_other_run_waiting(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "STRAGGLER_SECONDS", 1000)
    running = {"id": "run-1", "status": "in_progress"}
    async with house_told(database_url, *[silence] * 10, running) as (home, _):
        await _crowd(home)
        async with asyncio.timeout(60):
            await home.pump()
        await eventually_async(lambda: _read_once(home, CROWD - 10), within=30)
        assert home.runtime.leases.count("interaction") == 10


async def test_receivers_that_hang_take_no_room_from_polls_and_creates(
    database_url: str, upstream: LiveSimulator
) -> None:
    upstream.life(run_seconds=1_000_000)
    with Receiver(otherwise=Answer(hold=True)) as receiver:
        async with house(database_url, upstream) as home:
            # One receiver may have half of this: all the room that there is, as many receivers would take it.
            home.runtime.attempts = Attempts(most=2 * MOST_CONNECTIONS)
            await _hang(home, receiver)
            held = home.runtime.leases.count("delivery")
            assert held >= 100
            await home.pump()
            assert home.runtime.leases.count("delivery") == held
            other = await home.job("another")
            await home.running(other)


async def test_one_receiver_that_hangs_takes_half_of_the_room_however_many_claim_at_once(
    database_url: str, upstream: LiveSimulator
) -> None:
    upstream.life(run_seconds=1_000_000)
    with Receiver(otherwise=Answer(hold=True)) as receiver:
        async with house(database_url, upstream) as home:
            await _hang(home, receiver)
            assert home.runtime.leases.count("delivery") == MOST_CONNECTIONS // 2


async def _hang(home: House, receiver: Receiver) -> None:
    job = await home.job(webhook_url=receiver.url, webhook_events=["job.started"])
    await home.running(job)
    await execute(home.runtime.engine, _HOOKS, crowd=200)
    await asyncio.gather(*(home.pump() for _ in range(8)))


_HOOKS = """
INSERT INTO delivery (id, job_id, sequence, url, status, due_at)
SELECT gen_random_uuid(), job_id, sequence, url, 'pending', lw_now()
FROM delivery, generate_series(1, :crowd) AS number
"""
