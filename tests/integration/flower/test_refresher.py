"""A scheduler's duty on real PostgreSQL and Valkey; whoever listens stands for a Flower."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from longwatch.broker.application import make_app
from longwatch.settings import Settings
from longwatch.store.cancelling import request_cancel
from longwatch.store.engine import Engine
from scheduler.flower import FlowerRefresher
from tests.support.celery_programs import a_bare_worker
from tests.support.event_listener import EventListener, listening
from tests.support.store import a_job, a_running_interaction
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

WORKER = "celery@lives"


@asynccontextmanager
async def refreshing(engine: Engine, url: str) -> AsyncIterator[FlowerRefresher]:
    async with Redis.from_url(url) as redis:
        yield FlowerRefresher(engine, make_app(Settings(broker_url=url)), redis, show_prompts=False)


def until(refresher: FlowerRefresher, condition: Callable[[], bool]) -> Awaitable[bool]:
    async def met() -> bool:
        await refresher.run_once()
        return condition()

    return eventually_async(met, within=20)


def research(listener: EventListener) -> list[str]:
    return [event["type"] for event in listener.heard if event["type"].startswith("task-")]


async def test_a_new_flower_is_told_all_that_it_should_show(engine: Engine, valkey_url: str, tmp_path: Path) -> None:
    running, ended, queued = await a_running_interaction(engine), await a_job(engine), await a_job(engine)
    async with engine.begin() as tx:
        await request_cancel(tx, "default", ended)
    async with refreshing(engine, valkey_url) as refresher:
        with a_bare_worker(valkey_url, WORKER, log=tmp_path / "worker.log"):
            with listening(valkey_url) as first:
                await until(refresher, lambda: len(first.rows) == 3)
            with listening(valkey_url) as second:
                await until(refresher, lambda: len(second.rows) == 3)
    assert second.shows(running.job_id, "STARTED")
    assert second.shows(ended, "REVOKED")
    assert second.shows(queued, "RECEIVED")


async def test_nothing_is_told_in_the_name_of_a_worker_that_does_not_live(
    engine: Engine, valkey_url: str, tmp_path: Path
) -> None:
    await a_running_interaction(engine)
    async with refreshing(engine, valkey_url) as refresher:
        with listening(valkey_url) as flower:
            await refresher.run_once()
            with a_bare_worker(valkey_url, WORKER, log=tmp_path / "worker.log"):
                await until(refresher, lambda: bool(research(flower)))
    assert {event["hostname"] for event in flower.heard if event["type"].startswith("task-")} == {WORKER}


async def test_an_end_outside_workers_is_told_and_what_is_known_is_not_repeated(
    engine: Engine, valkey_url: str, tmp_path: Path
) -> None:
    running, resting = await a_running_interaction(engine), await a_job(engine)
    async with refreshing(engine, valkey_url) as refresher:
        with a_bare_worker(valkey_url, WORKER, log=tmp_path / "worker.log"), listening(valkey_url) as flower:
            await until(refresher, lambda: len(flower.rows) == 2)
            before = research(flower).count("task-started")
            async with engine.begin() as tx:
                await request_cancel(tx, "default", resting)
            await until(refresher, lambda: flower.shows(resting, "REVOKED"))
            assert research(flower).count("task-started") == before
            assert flower.shows(running.job_id, "STARTED")
