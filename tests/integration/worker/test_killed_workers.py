import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.house import House
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

SLOW = {"op": "create", "fault": {"kind": "slow", "seconds": 60}}


@asynccontextmanager
async def doomed(database_url: str, home: House, point: str = "") -> AsyncIterator[Process]:
    """Yield a worker of its own process that dies at *point*; it is reaped at the end."""
    program = ["-m", "tests.support.worker_program", database_url, home.upstream.url, point]
    worker = await asyncio.create_subprocess_exec(sys.executable, *program, stdout=asyncio.subprocess.DEVNULL)
    try:
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def test_death_between_intent_and_request_is_shown_as_unknown_and_sends_nothing(
    home: House, database_url: str
) -> None:
    job = await home.job()
    async with doomed(database_url, home, "intent committed") as worker:
        assert await worker.wait() == -signal.SIGKILL
    assert (await home.row(job))["status"] == "submitting"
    await home.later(31)
    row = await home.row(job)
    assert (row["attention_code"], row["creates"]) == ("submit_unknown", 1)
    assert "died" in row["attention_detail"]
    assert not home.upstream.entries("create")


async def test_death_while_the_request_is_open_is_shown_as_unknown(home: House, database_url: str) -> None:
    home.upstream.script(SLOW)
    job = await home.job()
    async with doomed(database_url, home) as worker:
        await eventually_async(lambda: asyncio.to_thread(home.upstream.entries, "create"), within=30)
        os.kill(worker.pid, signal.SIGKILL)
        await worker.wait()
    await home.later(31)
    assert (await home.row(job))["attention_code"] == "submit_unknown"
    await home.later(3600)
    assert len(home.upstream.entries("create")) == 1


async def test_death_between_answer_and_database_is_shown_as_unknown_and_can_be_attached(
    home: House, database_url: str
) -> None:
    job = await home.job()
    async with doomed(database_url, home, "answer read") as worker:
        assert await worker.wait() == -signal.SIGKILL
    await home.later(31)
    assert (await home.row(job))["attention_code"] == "submit_unknown"
    [paid] = home.upstream.entries("create")
    assert paid["accepted"]
    await home.resolve(job, "attach", paid["id"])
    row = await home.ended(job)
    assert (row["status"], row["creates"]) == ("completed", 1)
    assert len(home.upstream.entries("create")) == 1


async def test_death_between_read_and_database_costs_only_the_read(home: House, database_url: str) -> None:
    job = await home.job()
    await home.running(job)
    await home.pass_time(3600)
    async with doomed(database_url, home, "run read") as worker:
        assert await worker.wait() == -signal.SIGKILL
    assert (await home.row(job))["status"] == "in_progress"
    await home.later(31)
    assert (await home.row(job))["status"] == "completed"
