"""The worker as it runs in production: Celery, prefork children, a broker, signals."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import redis
from celery import Celery

from longwatch.broker.application import make_app
from longwatch.broker.queues import Nudge, Queue, send
from tests.support.house import house_settings
from tests.support.live_simulator import LiveSimulator
from tests.support.receiver import Receiver
from tests.support.waiting import eventually, eventually_async
from tests.support.worker_fleet import Fleet, children_of, fleet

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SLOW = {"op": "create", "fault": {"kind": "slow", "seconds": 4}}


@pytest.fixture
async def works(database_url: str, valkey_url: str, upstream: LiveSimulator, tmp_path: Path) -> AsyncIterator[Fleet]:
    """A scheduler, a broker and an upstream; each test starts its worker."""
    async with fleet(database_url, valkey_url, upstream, log=tmp_path / "worker.log") as works:
        yield works


async def test_a_worker_takes_jobs_from_their_nudges_to_their_webhooks(works: Fleet) -> None:
    works.upstream.life(run_seconds=1)
    with Receiver() as receiver, works.worker():
        jobs = [await works.job(f"topic {number}", webhook_url=receiver.url) for number in range(12)]
        for job in jobs:
            row = await works.in_state(job, "completed")
            assert row["creates"] == 1
        hooks = await asyncio.to_thread(receiver.wait_for, 12)
    assert {hook.event["type"] for hook in hooks} == {"job.completed"}
    assert len({hook.webhook_id for hook in hooks}) == 12
    assert len(works.upstream.entries("create")) == 12


@pytest.mark.parametrize("to_all", [False, True], ids=["SIGTERM to the worker", "SIGTERM to its children too"])
async def test_a_shutdown_waits_for_an_open_create_and_writes_its_answer(works: Fleet, *, to_all: bool) -> None:
    works.upstream.script(SLOW)
    job = await works.job("a slow one")
    with works.worker() as worker:
        await works.posted()
        for child in children_of(worker) if to_all else []:
            child.terminate()
        worker.terminate()
        assert await asyncio.to_thread(worker.wait, 40) == 0
    row = await works.in_state(job, "in_progress", within=1)
    assert row["creates"] == 1
    [created] = works.upstream.entries("create")
    assert created["answered"]


def suspend_idle(children: list[psutil.Process], app: Celery) -> bool:
    """Stop children that have nothing to do; False, and they go on, if they have."""
    if busy(app):
        return False
    for child in children:
        child.suspend()
    if not busy(app):
        return True
    for child in children:
        child.resume()
    return False


def busy(app: Celery) -> bool:
    """Say whether a child may be at work; while it is asked, it goes on with that."""
    answers = app.control.inspect(timeout=2).active() or {"nobody": ["answers"]}
    return any(answers.values())


async def test_a_message_that_comes_as_the_worker_is_told_to_end_does_not_hold_it_up(works: Fleet) -> None:
    settings = house_settings(database_url=works.database_url, broker_url=works.broker_url)
    with works.worker() as worker, redis.Redis.from_url(works.broker_url) as broker, make_app(settings) as app:
        await asyncio.to_thread(eventually, lambda: "ready" in works.log.read_text(), within=60)
        children = children_of(worker)
        await asyncio.to_thread(eventually, lambda: suspend_idle(children, app), within=60)
        send(app, Nudge(Queue.DELIVER))
        await asyncio.to_thread(eventually, lambda: broker.llen(Queue.DELIVER) == 0)
        main = psutil.Process(worker.pid)
        threads = main.num_threads()
        worker.terminate()
        # One more while the pool ends.
        await asyncio.to_thread(eventually, lambda: main.num_threads() > threads)
        for child in children:
            child.resume()
        assert await asyncio.to_thread(worker.wait, 15) == 0


async def test_killed_children_lose_nothing_and_their_work_goes_on_within_the_lease(works: Fleet) -> None:
    works.upstream.life(run_seconds=6)
    jobs = [await works.job(f"topic {number}") for number in range(8)]
    with works.worker() as worker:
        for job in jobs:
            await works.in_state(job, "in_progress", "completed")
        for child in children_of(worker):
            child.kill()
        with redis.Redis.from_url(works.broker_url) as broker:
            broker.flushall()
        for job in jobs:
            row = await works.in_state(job, "completed")
            assert (row["creates"], row["attention_code"]) == (1, None)
    accepted = Counter(entry["labels"]["longwatch_interaction"] for entry in works.upstream.entries("create"))
    assert set(accepted.values()) == {1}


async def test_a_child_killed_in_an_open_create_leaves_an_unknown_one_and_no_second(works: Fleet) -> None:
    works.upstream.script({"op": "create", "fault": {"kind": "slow", "seconds": 30}, "times": 1})
    job = await works.job("a slow one")
    with works.worker() as worker:
        await works.posted()
        for child in children_of(worker):
            child.kill()
        other = await works.job("a quick one")
        await works.in_state(other, "in_progress", "completed")

        async def unknown() -> bool:
            row = await works.in_state(job, "submitting")
            return bool(row["attention_code"] == "submit_unknown")

        await eventually_async(unknown, within=60)
    assert len(works.upstream.entries("create")) == 2
