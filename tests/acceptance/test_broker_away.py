"""A broker that was away for five minutes and comes back empty: work goes on within a minute, without a person."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.support.brokers import Broker, a_broker
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.waiting import eventually
from tests.support.worker_fleet import fleet

AWAY_SECONDS = 300

pytestmark = [pytest.mark.anyio, pytest.mark.soak, pytest.mark.timeout(600)]


@pytest.fixture
def upstream() -> Iterator[LiveSimulator]:
    """A simulator of this test."""
    with simulator_running() as live:
        yield live


def five_minutes_later(broker: Broker) -> None:
    """Take the broker away, and give it back empty."""
    broker.stop()
    over = time.monotonic() + AWAY_SECONDS
    eventually(lambda: time.monotonic() > over, within=AWAY_SECONDS + 10)
    broker.start()
    with redis.Redis.from_url(broker.url) as client:
        client.flushall()


async def test_a_broker_that_returns_empty_after_five_minutes_finds_workers_that_consume_within_one(
    database_url: str, upstream: LiveSimulator, tmp_path: Path
) -> None:
    with a_broker(tmp_path) as broker:
        async with fleet(database_url, broker.url, upstream, log=tmp_path / "worker.log") as works:
            with works.worker():
                before = await works.job("Before the outage")
                await works.in_state(before, "in_progress")
                await asyncio.to_thread(five_minutes_later, broker)
                during = await works.job("After the outage")
                await works.in_state(during, "in_progress", within=60)
