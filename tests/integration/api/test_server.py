"""Does the api behave on a real socket: streams, readers that leave, and a signal to stop?"""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api import events
from longwatch.domain import ids
from longwatch.domain.events import EventType, NewEvent
from longwatch.store import door
from longwatch.store.door import Change
from longwatch.store.engine import Engine
from tests.support.api import KEY, REQUEST
from tests.support.live_api import ROOT, LiveApi, api_process, live_api
from tests.support.sse import frames
from tests.support.store import a_job
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio


@pytest.fixture
async def live(database_url: str) -> AsyncIterator[LiveApi]:
    """An api that listens."""
    async with live_api(database_url) as api:
        yield api


async def text_until(chunks: AsyncIterator[str], end: str) -> str:
    """Read a stream until *end* has come."""
    text = ""
    async with asyncio.timeout(20):
        while end not in text:
            text += await anext(chunks)
    return text


async def test_a_stream_tells_events_as_they_happen_and_ends_with_the_job(live: LiveApi, engine: Engine) -> None:
    job_id = await a_job(engine)
    path = f"/v1/jobs/{ids.encode(ids.JOB, job_id)}"
    async with live.client.stream("GET", f"{path}/events") as response:
        chunks = response.aiter_text()
        text = await text_until(chunks, "job.created")
        async with engine.begin() as tx:
            await door.change(tx, Change(job_id=job_id, event=NewEvent(EventType.PROGRESS, {"text": "研究"})))
        text += await text_until(chunks, "job.progress")
        await live.client.post(f"{path}/cancel")
        text += "".join([chunk async for chunk in chunks])
    told = frames(text)
    assert [frame.id for frame in told] == ["1", "2", "3", "4", None]
    assert [frame.event for frame in told[-2:]] == ["job.cancelled", "end"]
    assert "研究" in told[1].data


async def test_a_reader_that_keeps_losing_its_stream_misses_nothing_that_many_writers_tell(
    live: LiveApi, engine: Engine
) -> None:
    job_id = await a_job(engine)
    path = f"/v1/jobs/{ids.encode(ids.JOB, job_id)}"

    async def write() -> None:
        for _ in range(20):
            async with engine.begin() as tx:
                await door.change(tx, Change(job_id=job_id, event=NewEvent(EventType.PROGRESS, {"text": "x"})))

    async def write_all() -> None:
        await asyncio.gather(*(write() for _ in range(5)))
        await live.client.post(f"{path}/cancel")

    writing = asyncio.create_task(write_all())
    seen: list[str | None] = ["0"]
    while seen[-1] is not None:
        async with live.client.stream("GET", f"{path}/events", headers={"Last-Event-ID": seen[-1]}) as response:
            text = await text_until(response.aiter_text(), "\n\n")
        seen += [frame.id for frame in frames(text)]
    await writing
    assert seen[:-1] == [str(number) for number in range(104)]


async def test_a_quiet_stream_is_kept_alive_by_comments(
    live: LiveApi, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert events.KEEP_ALIVE_SECONDS == 15
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.1)
    path = f"/v1/jobs/{ids.encode(ids.JOB, await a_job(engine))}/events"
    async with live.client.stream("GET", path) as response:
        assert len(frames(await text_until(response.aiter_text(), ": still here\n\n: still here\n\n"))) == 1


async def test_a_reader_that_leaves_is_forgotten(live: LiveApi, engine: Engine) -> None:
    path = f"/v1/jobs/{ids.encode(ids.JOB, await a_job(engine))}/events"
    async with live.client.stream("GET", path) as response:
        chunks = response.aiter_text()
        await text_until(chunks, "job.created")
        await eventually_async(lambda: watches(live, 1))
    await eventually_async(lambda: watches(live, 0))


async def watches(live: LiveApi, number: int) -> bool:
    return await live.watched() == number


async def test_a_hundred_readers_of_one_job_all_hear_its_end(live: LiveApi, engine: Engine) -> None:
    path = f"/v1/jobs/{ids.encode(ids.JOB, await a_job(engine))}"
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=live.client.base_url, headers=live.client.headers, limits=limits) as client:
        readers = [asyncio.create_task(client.get(f"{path}/events", timeout=60)) for _ in range(100)]
        await eventually_async(lambda: watches(live, 100), within=30)
        await live.client.post(f"{path}/cancel")
        texts = [response.text for response in await asyncio.gather(*readers)]
    assert all(frames(text)[-1].event == "end" for text in texts)


async def test_a_body_without_a_length_is_cut_off_at_the_limit(database_url: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1000

    async with live_api(database_url, max_body_bytes=5000) as small:
        headers = {"Content-Type": "application/json"}
        try:
            response = await small.client.post("/v1/jobs", content=endless(), headers=headers)
            assert response.status_code == 413
        except httpx.TransportError as hung_up:
            assert not isinstance(hung_up, httpx.TimeoutException)  # noqa: PT017


@pytest.mark.slow
async def test_a_signal_ends_streams_and_waits_cleanly_and_the_log_keeps_secrets(
    tmp_path: Path, database_url: str
) -> None:
    environment = {"LONGWATCH_DATABASE_URL": database_url, "LONGWATCH_API_KEY": KEY, "LONGWATCH_LOG_FORMAT": "json"}
    headers = {"Authorization": f"Bearer {KEY}"}
    with api_process(tmp_path, **environment) as api:
        async with httpx.AsyncClient(base_url=api.url, headers=headers, timeout=60) as client:
            job = (await client.post("/v1/jobs", json={"request": REQUEST}, params={"dry_run": "no"})).json()
            waiting = asyncio.create_task(client.get(f"/v1/jobs/{job['id']}", params={"wait": 60}))
            async with client.stream("GET", f"/v1/jobs/{job['id']}/events") as response:
                chunks = response.aiter_text()
                await text_until(chunks, "job.created")
                api.process.send_signal(signal.SIGTERM)
                assert [chunk async for chunk in chunks] == []
            assert (await waiting).json()["status"] == "queued"
        await eventually_async(lambda: ended(api.process), within=10)
        log = api.log.read_text()
    assert f'"path": "/v1/jobs/{job["id"]}/events"' in log
    assert "Traceback" not in log
    for secret in (KEY, REQUEST["input"], "dry_run"):
        assert secret not in log


async def test_without_a_database_named_the_process_says_what_to_set(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "uvicorn", "api.app:app", "--port", "0"]
    process = await asyncio.create_subprocess_exec(
        *argv, cwd=ROOT, env={"HOME": str(tmp_path)}, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    said = b"".join(await process.communicate()).decode()
    assert process.returncode != 0
    assert "LONGWATCH_DATABASE_URL is not set" in said


async def ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None
