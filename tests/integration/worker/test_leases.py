import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from longwatch.store.claims import Held
from tests.support.databases import TestServer
from tests.support.house import House, QuietAnnouncer, Upstream, house
from tests.support.live_simulator import LiveSimulator
from tests.support.raw_server import RawServer, answer
from tests.support.scripted_upstream import Gate, house_told, told
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

RUNNING = {"id": "run-1", "status": "in_progress"}
DONE = {
    "id": "run-1",
    "status": "completed",
    "steps": [{"type": "model_output", "content": [{"type": "text", "text": "The tides turn."}]}],
    "usage": {"total_tokens": 7},
}


async def test_a_reader_that_lost_its_lease_lets_go_and_writes_nothing(database_url: str) -> None:
    gate = Gate(answer(DONE))
    async with (
        house_told(database_url, gate, RUNNING) as (slow, server),
        house(database_url, Upstream(server.url)) as quick,
    ):
        job = await slow.job()
        await slow.running(job)
        await slow.pass_time(6)
        pumping = asyncio.create_task(slow.pump())
        await gate.heard.wait()
        await quick.later(31)
        assert (await quick.interaction(job))["polls"] == 1
        await slow.runtime.leases.renew_once()
        await pumping
        gate.open.set()
        await eventually_async(lambda: _holds_nothing(slow))
        assert (await quick.row(job))["status"] == "in_progress"
        assert not await quick.rows("SELECT FROM result")


async def _holds_nothing(home: House) -> bool:
    return len(home.runtime.leases) == 0


async def test_a_stale_reader_that_noticed_nothing_writes_nothing_either(database_url: str) -> None:
    gate = Gate(answer(DONE))
    async with (
        house_told(database_url, gate, RUNNING) as (slow, server),
        house(database_url, Upstream(server.url)) as quick,
    ):
        job = await slow.job()
        await slow.running(job)
        await slow.pass_time(6)
        pumping = asyncio.create_task(slow.pump())
        await gate.heard.wait()
        await quick.later(31)
        gate.open.set()
        await pumping
        assert (await quick.row(job))["status"] == "in_progress"
        assert not await quick.rows("SELECT FROM result")


async def test_a_lease_that_is_renewed_outlasts_itself(database_url: str) -> None:
    gate = Gate(answer(DONE))
    async with (
        house_told(database_url, gate, RUNNING) as (home, server),
        house(database_url, Upstream(server.url)) as other,
    ):
        job = await home.job()
        await home.running(job)
        await home.pass_time(6)
        pumping = asyncio.create_task(home.pump())
        await gate.heard.wait()
        for _ in range(3):
            await home.pass_time(20)
            await home.runtime.leases.renew_once()
            await other.pump()
        gate.open.set()
        await pumping
        await eventually_async(lambda: _holds_nothing(home))
        assert (await home.row(job))["status"] == "completed"
        assert server.count("GET") == 1


async def test_the_keeper_of_leases_outlives_a_database_that_is_away(pg_server: TestServer, database_url: str) -> None:
    gate = Gate(answer(DONE))
    async with (
        RawServer([told(gate, RUNNING)]) as server,
        house(database_url, Upstream(server.url), lease=timedelta(seconds=3)) as home,
    ):
        job = await home.job()
        await home.running(job)
        await home.pass_time(6)
        pumping = asyncio.create_task(home.pump())
        await gate.heard.wait()
        with capture_logs() as logs, pg_server.away(database_url):
            await eventually_async(lambda: _kept_from_renewing(logs))
        await pumping
        [before] = await home.rows("SELECT due_at FROM interaction")

        async def renewed() -> bool:
            [row] = await home.rows("SELECT due_at FROM interaction")
            return bool(row["due_at"] > before["due_at"])

        await eventually_async(renewed)
        gate.open.set()
        assert (await home.ended(job))["status"] == "completed"


async def _kept_from_renewing(logs: Sequence[Mapping[str, Any]]) -> bool:
    return any(entry["event"] == "leases could not be renewed" for entry in logs)


class FailingAnnouncer(QuietAnnouncer):
    """An announcer whose every word fails."""

    def moved(self, job_id: UUID) -> None:
        raise RuntimeError(job_id)

    progressed = seen = moved


async def test_an_announcer_that_fails_takes_nothing_from_the_work(database_url: str, upstream: LiveSimulator) -> None:
    async with house(database_url, upstream, announcer=FailingAnnouncer()) as home:
        row = await home.ended(await home.job())
        assert (row["status"], row["creates"]) == ("completed", 1)


async def test_a_hold_is_kept_only_for_rows_that_are_not_written_back(home: House) -> None:
    held = Held("interaction", UUID(int=1), 1, 0)
    with home.runtime.leases.holding(held, expires=home.runtime.leases.expiry()) as hold:
        assert home.runtime.leases.count("interaction") == 1
        assert not home.runtime.leases.spent(hold)
        home.runtime.leases.written(held)
        assert len(home.runtime.leases) == 0
    assert len(home.runtime.leases) == 0
