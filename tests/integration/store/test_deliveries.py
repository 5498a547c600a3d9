"""Is every attempt of a delivery written once, and the next one planned by the database's clock?"""

import asyncio
from datetime import timedelta

import pytest

from longwatch.domain.events import EventType, NewEvent
from longwatch.domain.receivers import Attempts
from longwatch.store import claims, door
from longwatch.store.claims import DueDelivery
from longwatch.store.deliveries import Attempt, record
from longwatch.store.door import Change
from longwatch.store.engine import Engine
from tests.support.store import LEASE, a_job, advance, delivery_rows, now, read

pytestmark = pytest.mark.anyio

URL = "https://receiver.example/hook"
REFUSED = Attempt(duration=timedelta(milliseconds=1234.6), http_status=503, error=None, response_head="busy\x00")
TAKEN = Attempt(duration=timedelta(milliseconds=80), http_status=200, error=None, response_head="ok")
UNHEARD = Attempt(duration=timedelta(seconds=20), http_status=None, error="timed out \ud800", response_head="")
ATTEMPTS = "SELECT number, duration_ms, http_status, error, response_head FROM delivery_attempt ORDER BY number"


async def a_delivery(engine: Engine, *, url: str = URL) -> DueDelivery:
    job_id = await a_job(engine, webhook_url=url)
    async with engine.begin() as tx:
        await door.change(tx, Change(job_id=job_id, event=NewEvent(EventType.ATTENTION)))
    return await claim(engine)


async def claim(engine: Engine) -> DueDelivery:
    async with engine.begin() as tx:
        [due] = await claims.claim_deliveries(tx, limit=10, lease=LEASE)
    return due


async def write(engine: Engine, due: DueDelivery, attempt: Attempt, status: str, retry_in: timedelta | None) -> bool:
    async with engine.begin() as tx:
        return await record(tx, due, attempt, status=status, retry_in=retry_in)


async def test_a_delivery_carries_its_event_and_where_it_goes(engine: Engine) -> None:
    due = await a_delivery(engine)
    assert (due.url, due.type, due.sequence, due.attempts) == (URL, "job.attention", 2, 0)
    assert due.at <= await now(engine)


async def test_a_failed_attempt_is_written_and_the_next_one_planned(engine: Engine) -> None:
    due = await a_delivery(engine)
    assert await write(engine, due, REFUSED, "pending", timedelta(minutes=5))
    [row] = await delivery_rows(engine, due.job_id)
    assert (row["status"], row["attempts"], row["claimed_at"], row["ended_at"]) == ("pending", 1, None, None)
    assert timedelta(minutes=4) < row["due_at"] - await now(engine) <= timedelta(minutes=5)
    await advance(engine, timedelta(minutes=5))
    again = await claim(engine)
    assert (again.held.id, again.attempts) == (due.held.id, 1)
    assert await write(engine, again, UNHEARD, "pending", timedelta(minutes=30))
    first, second = [dict(attempt) for attempt in await read(engine, ATTEMPTS)]
    assert first == {
        "number": 1,
        "duration_ms": 1235,
        "http_status": 503,
        "error": None,
        "response_head": "busy�",
    }
    assert second == {
        "number": 2,
        "duration_ms": 20_000,
        "http_status": None,
        "error": "timed out �",
        "response_head": "",
    }


@pytest.mark.parametrize("status", ["delivered", "exhausted", "gone"])
async def test_a_delivery_ends_and_is_never_due_again(engine: Engine, status: str) -> None:
    due = await a_delivery(engine)
    assert await write(engine, due, TAKEN, status, None)
    [row] = await delivery_rows(engine, due.job_id)
    assert (row["status"], row["due_at"], row["claimed_at"]) == (status, None, None)
    assert row["ended_at"] is not None
    await advance(engine, timedelta(days=30))
    async with engine.begin() as tx:
        assert await claims.claim_deliveries(tx, limit=10, lease=LEASE) == []


@pytest.mark.parametrize("url", [URL, "HTTPS://R.example:8443?to=1", "https://a@r.example#x", "no-url"])
async def test_what_is_due_at_a_crowded_receiver_is_not_claimed(engine: Engine, url: str) -> None:
    attempts, due = Attempts(most=2), await a_delivery(engine, url=url)
    async with engine.begin() as tx:
        await claims.release(tx, due.held, delay=timedelta())
    with attempts.one_more(url):
        async with engine.begin() as tx:
            crowded = attempts.crowded()
            assert await claims.claim_deliveries(tx, limit=10, lease=LEASE, crowded=crowded) == []
            [other] = await claims.claim_deliveries(tx, limit=10, lease=LEASE, crowded=["https://other.example"])
    assert other.held.id == due.held.id


async def test_an_attempt_by_a_worker_that_lost_the_delivery_is_the_others_to_write(engine: Engine) -> None:
    lost = await a_delivery(engine)
    await advance(engine, LEASE)
    heir = await claim(engine)
    assert not await write(engine, lost, TAKEN, "delivered", None)
    assert await read(engine, ATTEMPTS) == []
    assert await write(engine, heir, TAKEN, "delivered", None)
    assert len(await read(engine, ATTEMPTS)) == 1


async def test_of_many_that_write_one_attempt_one_does(engine: Engine) -> None:
    due = await a_delivery(engine)
    written = await asyncio.gather(*(write(engine, due, TAKEN, "delivered", None) for _ in range(8)))
    assert written.count(True) == 1
    assert len(await read(engine, ATTEMPTS)) == 1


async def test_the_receivers_of_one_job_hear_its_events_in_the_order_in_which_they_fell_due(
    engine: Engine,
) -> None:
    job_id = await a_job(engine, webhook_url=URL)
    for kind in (EventType.ATTENTION, EventType.LATE_RESULT, EventType.CANCELLED):
        async with engine.begin() as tx:
            await door.change(tx, Change(job_id=job_id, event=NewEvent(kind)))
    told = [(await first_of(engine)).sequence for _ in range(3)]
    assert told == [2, 3, 4]


async def first_of(engine: Engine) -> DueDelivery:
    async with engine.begin() as tx:
        [due] = await claims.claim_deliveries(tx, limit=1, lease=LEASE)
    return due
