"""Real PostgreSQL, real Valkey, and Celery's own event state at the other end."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from longwatch.broker.application import make_app
from longwatch.broker.event_sender import EventSender
from longwatch.broker.task_events import TaskEvent
from longwatch.domain import ids
from longwatch.embedded.running import running as serving
from longwatch.embedded.valkey import EmbeddedValkey, free_port
from longwatch.settings import Settings
from longwatch.store.cancelling import request_cancel
from longwatch.store.engine import Engine
from tests.support.event_listener import EventListener, listening
from tests.support.store import PROMPT, a_job, a_running_interaction, connected
from tests.support.waiting import eventually_async
from worker.flower import FlowerAnnouncer

pytestmark = pytest.mark.anyio


def a_sender(url: str) -> EventSender:
    return EventSender(make_app(Settings(broker_url=url)))


@asynccontextmanager
async def announcing(engine: Engine, url: str, *, prompts: bool = False) -> AsyncIterator[FlowerAnnouncer]:
    announcer = FlowerAnnouncer(engine, a_sender(url), hostname="celery@here", show_prompts=prompts)
    try:
        yield announcer
    finally:
        announcer.close()


async def heard(listener: EventListener, number: int) -> None:
    async def enough() -> bool:
        return len(listener.heard) >= number

    await eventually_async(enough)


async def test_a_job_that_moves_is_shown_as_it_stands(engine: Engine, valkey_url: str) -> None:
    running = await a_running_interaction(engine)
    with listening(valkey_url) as listener:
        async with announcing(engine, valkey_url) as announcer:
            announcer.moved(running.job_id)
            await heard(listener, 1)
        row = listener.row(running.job_id)
        assert (row.state, row.args, row.worker.hostname) == ("STARTED", "(prompt hidden)", "celery@here")
        assert PROMPT not in str(listener.heard)


async def test_a_prompt_is_shown_if_the_operator_says_so(engine: Engine, valkey_url: str) -> None:
    job_id = await a_job(engine, prompt="研究谷歌TPU的历史")
    with listening(valkey_url) as listener:
        async with announcing(engine, valkey_url, prompts=True) as announcer:
            announcer.moved(job_id)
            await heard(listener, 1)
        assert listener.row(job_id).args == "研究谷歌TPU的历史"


async def test_what_happens_within_a_moment_is_told_once_and_read_last(engine: Engine, valkey_url: str) -> None:
    job_id, other = await a_job(engine), await a_job(engine)
    with listening(valkey_url) as listener:
        async with announcing(engine, valkey_url) as announcer:
            for _ in range(50):
                announcer.moved(job_id)
                announcer.progressed(job_id)
            async with engine.begin() as tx:
                await request_cancel(tx, "default", job_id)
            await heard(listener, 1)
            announcer.moved(other)
            await heard(listener, 2)
        assert [event["type"] for event in listener.heard] == ["task-revoked", "task-received"]


async def test_a_job_that_only_goes_on_is_told_once_a_minute(engine: Engine, valkey_url: str) -> None:
    running, other = await a_running_interaction(engine), await a_job(engine)
    with listening(valkey_url) as listener:
        async with announcing(engine, valkey_url) as announcer:
            announcer.seen(running.job_id)
            await heard(listener, 1)
            announcer.seen(running.job_id)
            announcer.moved(other)
            await heard(listener, 2)
        assert listener.row(other) is not None
        assert len(listener.heard) == 2


async def test_beyond_the_budget_only_changes_of_state_are_told(engine: Engine, valkey_url: str) -> None:
    jobs = [await a_job(engine) for _ in range(40)]
    with listening(valkey_url) as listener:
        async with announcing(engine, valkey_url) as announcer:
            for job_id in jobs:
                announcer.progressed(job_id)
            for job_id in jobs[-5:]:
                announcer.moved(job_id)
            await heard(listener, 25)
            announcer.moved(jobs[0])
            await heard(listener, 26)
        assert len(listener.heard) == 26
        assert all(listener.row(job_id) for job_id in jobs[-5:])


async def test_many_jobs_are_told_in_one_message(engine: Engine, valkey_url: str) -> None:
    jobs = [await a_job(engine) for _ in range(20)]
    with redis.Redis.from_url(valkey_url) as client, client.pubsub() as channel:
        channel.psubscribe("*celeryev*")

        async def heard_next() -> dict[str, Any] | None:
            return await asyncio.to_thread(channel.get_message, timeout=1)

        assert (await heard_next() or {})["type"] == "psubscribe"
        async with announcing(engine, valkey_url) as announcer:
            for job_id in jobs:
                announcer.moved(job_id)
            message = await heard_next() or await heard_next() or await heard_next()
    assert message is not None
    told = json.loads(base64.b64decode(json.loads(message["data"])["body"]))
    assert [event["uuid"] for event in told] == [ids.encode(ids.JOB, job_id) for job_id in jobs]


async def test_a_broker_that_is_away_stops_nothing_and_is_told_again_when_it_is_back(
    engine: Engine, tmp_path: Path
) -> None:
    job_id = await a_job(engine)
    valkey = EmbeddedValkey(directory=tmp_path, port=free_port())
    async with announcing(engine, valkey.url) as announcer:
        announcer.moved(job_id)
        with serving(valkey, log=tmp_path / "log"), listening(valkey.url) as listener:

            async def told() -> bool:
                announcer.moved(job_id)
                return listener.row(job_id) is not None

            await eventually_async(told)


def test_who_sends_is_told_that_a_broker_went_away_under_a_held_connection(tmp_path: Path) -> None:
    valkey = EmbeddedValkey(directory=tmp_path, port=free_port())
    sender, event = a_sender(valkey.url), TaskEvent("task-received", {"uuid": "a job", "name": "research"})
    with serving(valkey, log=tmp_path / "log"):
        assert sender.send([event], hostname="celery@here")
    assert not sender.send([event], hostname="celery@here")
    with serving(valkey, log=tmp_path / "log"):
        assert sender.send([event], hostname="celery@here")
    sender.close()


async def test_a_database_that_is_away_stops_nothing(engine: Engine, valkey_url: str) -> None:
    job_id = await a_job(engine)
    async with connected("postgresql+psycopg://nobody@127.0.0.1:1/none") as nowhere:
        with listening(valkey_url) as listener:
            async with announcing(nowhere, valkey_url) as cut_off, announcing(engine, valkey_url) as announcer:
                cut_off.moved(job_id)
                announcer.moved(job_id)
                await heard(listener, 1)
                cut_off.moved(job_id)
            assert len(listener.heard) == 1
