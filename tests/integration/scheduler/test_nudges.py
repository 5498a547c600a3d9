"""Who is nudged when more is due than the queues take? Every lane in its turn."""

import json
from collections import Counter
from datetime import timedelta

import pytest
import redis
from redis.asyncio import Redis

from longwatch.broker.application import make_app
from longwatch.broker.queues import Queue
from longwatch.domain.shares import Limits
from longwatch.store.engine import Engine
from scheduler.admission import Admission
from scheduler.lengths import QueueLengths
from scheduler.nudges import QUEUE_LIMIT, Nudges
from tests.support.house import house_settings
from tests.support.round_trips import round_trips
from tests.support.store import (
    LEASE,
    a_job,
    a_running_interaction,
    admit_job,
    advance,
    claim_job,
    execute,
    now,
    read,
)

pytestmark = pytest.mark.anyio

LANES = 3 * QUEUE_LIMIT


def taken(broker: redis.Redis, queue: Queue) -> list[str]:
    """Take every nudge off *queue*, as workers do; return what they say, oldest first."""
    messages = [json.loads(message) for message in broker.lrange(queue.value, 0, -1)]
    broker.delete(queue.value)
    return [message["headers"]["argsrepr"] for message in reversed(messages)]


@pytest.mark.parametrize("queue", [Queue.CREATE, Queue.POLL])
async def test_of_more_busy_lanes_than_a_queue_takes_each_has_its_turn(
    engine: Engine, database_url: str, valkey_url: str, queue: Queue
) -> None:
    for number in range(LANES):
        if queue is Queue.CREATE:
            await admit_job(engine, await a_job(engine, upstream_key=f"key-{number}"))
        else:
            await a_running_interaction(engine, upstream_key=f"key-{number}")
            await execute(engine, "UPDATE interaction SET due_at = lw_now()")
    with make_app(house_settings(database_url=database_url, broker_url=valkey_url)) as app:
        async with Redis.from_url(valkey_url) as lengths:
            nudges = Nudges(engine, app, QueueLengths(lengths))
            with redis.Redis.from_url(valkey_url) as broker:
                rounds = []
                for _ in range(3):
                    await nudges.run_once()
                    rounds.append(taken(broker, queue))
    assert [len(nudged) for nudged in rounds] == [QUEUE_LIMIT] * 3
    assert set(Counter(lane for nudged in rounds for lane in nudged).values()) == {1}
    assert len(await read(engine, "SELECT FROM lane")) == LANES


async def test_a_lane_whose_worker_died_is_nudged_before_all_others(
    engine: Engine, database_url: str, valkey_url: str
) -> None:
    jobs = [await a_job(engine, upstream_key=f"key-{number}") for number in range(LANES)]
    await execute(engine, "UPDATE job SET admitted_at = lw_now(), due_at = lw_now()")
    dead = await claim_job(engine, jobs[-1])
    with make_app(house_settings(database_url=database_url, broker_url=valkey_url)) as app:
        async with Redis.from_url(valkey_url) as lengths:
            nudges = Nudges(engine, app, QueueLengths(lengths))
            with redis.Redis.from_url(valkey_url) as broker:
                await nudges.run_once()
                before = taken(broker, Queue.CREATE)
                await advance(engine, LEASE)
                await nudges.run_once()
                first = taken(broker, Queue.CREATE)
                await nudges.run_once()
                second = taken(broker, Queue.CREATE)
    assert f"[{dead.lane_id}]" not in before
    assert first[0] == f"[{dead.lane_id}]"
    assert len({*before, *first, *second}) == LANES


async def test_an_idle_scheduler_asks_once_what_may_start_and_once_what_is_due(
    engine: Engine, database_url: str, valkey_url: str
) -> None:
    await a_job(engine, run_at=await now(engine) + timedelta(hours=1))
    await a_running_interaction(engine)
    await execute(engine, "UPDATE interaction SET due_at = lw_now() + interval '1 h'")
    with make_app(house_settings(database_url=database_url, broker_url=valkey_url)) as app:
        async with Redis.from_url(valkey_url) as lengths:
            nudges = Nudges(engine, app, QueueLengths(lengths))
            with round_trips(engine) as trips:
                assert await Admission(engine, Limits(total=10)).run_once() + await nudges.run_once() == 0
    assert trips.count() == 2
    assert nudges.wait is not None
    assert timedelta(minutes=59) < nudges.wait <= timedelta(hours=1)
