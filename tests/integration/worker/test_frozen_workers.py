"""A worker that is frozen for longer than its lease and comes back decides nothing; what it knows is still taken."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from signal import Signals
from typing import Any

import pytest

from tests.support.doomed import frozen_at
from tests.support.house import House
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

LASTING = {"run_seconds": 100_000}
WRITTEN = {"job": "id", "interaction": "job_id", "event": "job_id", "result": "job_id", "delivery": "job_id"}


@asynccontextmanager
async def frozen(home: House, database_url: str, point: str) -> AsyncIterator[None]:
    """Do the block while a worker is frozen at *point*, then let it go on until it has begun something new."""
    async with frozen_at(database_url, home, point) as worker:
        yield
        worker.send_signal(Signals.SIGCONT)
        await _at_work_again(home)


async def _at_work_again(home: House) -> None:
    """Wait until it has created another job, which it does after what it was at when it froze."""
    another = await home.job("Something else")

    async def started() -> bool:
        return bool((await home.row(another))["status"] == "in_progress")

    await eventually_async(started, within=30)


async def story(home: House, job: uuid.UUID) -> list[list[dict[str, Any]]]:
    """Return every row of *job* that a decision would change."""
    await home.at_rest()
    queries = [f"SELECT * FROM {table} WHERE {column} = :id ORDER BY 1, 2" for table, column in WRITTEN.items()]  # noqa: S608
    return [[dict(row) for row in await home.rows(query, id=job)] for query in queries]


async def test_an_end_that_it_has_read_is_no_second_end(home: House, database_url: str) -> None:
    job = await home.job(webhook_url="http://127.0.0.1:9/nobody")
    await home.running(job)
    await home.pass_time(3600)
    async with frozen(home, database_url, "run read"):
        await home.later(31)
        assert (await home.row(job))["status"] == "completed"
        before = await story(home, job)
    assert await story(home, job) == before


async def test_a_run_that_it_has_seen_at_work_is_not_planned_by_it(home: House, database_url: str) -> None:
    home.upstream.life(**LASTING)
    job = await home.job()
    await home.running(job)
    await home.pass_time(10)
    async with frozen(home, database_url, "run read"):
        await home.later(31)
        before = await story(home, job)
    assert await story(home, job) == before


async def test_a_run_past_the_deadline_that_it_knows_is_not_cancelled_by_it(home: House, database_url: str) -> None:
    home.upstream.life(**LASTING)
    job = await home.job(deadline_seconds=60)
    await home.running(job)
    await home.pass_time(61)
    async with frozen(home, database_url, "run read"):
        await home.rows("UPDATE interaction SET deadline_at = lw_now() + interval '1 day' RETURNING id")
        await home.later(31)
        assert (await home.row(job))["status"] == "in_progress"
        before = await story(home, job)
    assert await story(home, job) == before
    assert not home.upstream.entries("cancel")


async def test_a_create_that_it_had_not_sent_is_never_sent_by_it(home: House, database_url: str) -> None:
    job = await home.job()
    async with frozen(home, database_url, "intent committed"):
        await home.later(31)
        assert (await home.row(job))["attention_code"] == "submit_unknown"
        await home.resolve(job, "resubmit")
        await home.running(job)
        before = await story(home, job)
    after = await story(home, job)
    assert [row["status"] for row in after[0]] == [row["status"] for row in before[0]] == ["in_progress"]
    assert after[2:] == before[2:]
    mine = [one for one in home.upstream.entries("create") if one["labels"]["longwatch_attempt"] == "2"]
    assert len(mine) == 1
    assert set(home.labels_accepted().values()) == {1}
    assert len(home.labels_accepted()) == 2


async def test_that_it_has_not_sent_is_knowledge_and_is_taken(home: House, database_url: str) -> None:
    job = await home.job()
    async with frozen(home, database_url, "intent committed"):
        await home.later(31)
        assert (await home.row(job))["attention_code"] == "submit_unknown"
    row = await home.running(job)
    assert (row["creates"], row["attempt"], row["attention_code"]) == (1, 1, None)
    assert set(home.labels_accepted().values()) == {1}


async def test_the_answer_to_what_it_had_sent_is_taken(home: House, database_url: str) -> None:
    job = await home.job()
    async with frozen(home, database_url, "answer read"):
        await home.later(31)
        assert (await home.row(job))["attention_code"] == "submit_unknown"
    row = await home.row(job)
    assert (row["status"], row["creates"], row["attention_code"]) == ("in_progress", 1, None)
    assert set(home.labels_accepted().values()) == {1}


async def test_frozen_on_the_very_point_of_sending_it_makes_one_orphan_and_no_second_result(
    home: House, database_url: str
) -> None:
    home.upstream.life(**LASTING)
    job = await home.job()
    async with frozen(home, database_url, "request about to be sent"):
        await home.later(31)
        await home.resolve(job, "resubmit")
        await home.running(job)
    assert set(home.labels_accepted().values()) == {1}
    await home.later(10)
    runs = await home.rows("SELECT role, upstream_status FROM interaction WHERE job_id = :id ORDER BY id", id=job)
    assert [(run["role"], run["upstream_status"]) for run in runs] == [
        ("orphan", "cancelled"),
        ("live", "in_progress"),
    ]
    row = await home.row(job)
    assert (row["status"], row["creates"]) == ("in_progress", 2)
