import asyncio
import uuid
from typing import Any

import pytest

from tests.support.doomed import doomed, killed_at
from tests.support.house import House
from tests.support.receiver import Receiver
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

SLOW = {"op": "create", "fault": {"kind": "slow", "seconds": 60}}


async def about_to_end(home: House, **columns: Any) -> uuid.UUID:
    """Return a job whose run has ended upstream without anybody having looked."""
    job = await home.job(**columns)
    await home.running(job)
    await home.pass_time(3600)
    return job


async def ended_once(home: House, job: uuid.UUID) -> None:
    """Check that the job completes when the lease is over, with one event and one create."""
    await home.later(31)
    row = await home.ended(job)
    assert (row["status"], row["creates"]) == ("completed", 1)
    assert (await home.events(job)).count("job.completed") == 1
    assert set(home.labels_accepted().values()) == {1}


async def test_death_before_the_intent_is_committed_leaves_a_job_that_was_never_touched(
    home: House, database_url: str
) -> None:
    job = await home.job()
    await killed_at(database_url, home, "intent about to be committed")
    assert (await home.row(job))["status"] == "queued"
    assert not await home.rows("SELECT id FROM interaction")
    await home.pass_time(31)
    row = await home.running(job)
    assert (row["creates"], row["attention_code"]) == (1, None)
    assert len(home.upstream.entries("create")) == 1


@pytest.mark.parametrize("point", ["intent committed", "request about to be sent"])
async def test_death_between_intent_and_request_is_shown_as_unknown_and_sends_nothing(
    home: House, database_url: str, point: str
) -> None:
    job = await home.job()
    await killed_at(database_url, home, point)
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
        worker.kill()
        await worker.wait()
    await home.later(31)
    assert (await home.row(job))["attention_code"] == "submit_unknown"
    await home.later(3600)
    assert len(home.upstream.entries("create")) == 1


async def test_death_between_answer_and_database_is_shown_as_unknown_and_can_be_attached(
    home: House, database_url: str
) -> None:
    job = await home.job()
    await killed_at(database_url, home, "answer read")
    await home.later(31)
    assert (await home.row(job))["attention_code"] == "submit_unknown"
    [paid] = home.upstream.entries("create")
    assert paid["accepted"]
    await home.resolve(job, "attach", paid["id"])
    row = await home.ended(job)
    assert (row["status"], row["creates"]) == ("completed", 1)
    assert len(home.upstream.entries("create")) == 1


async def test_death_while_the_answer_is_written_is_shown_as_unknown(home: House, database_url: str) -> None:
    job = await home.job()
    await killed_at(database_url, home, "answer about to be committed")
    await home.later(31)
    row = await home.row(job)
    assert (row["status"], row["attention_code"], row["creates"]) == ("submitting", "submit_unknown", 1)
    assert len(home.upstream.entries("create")) == 1


async def test_death_after_the_answer_is_written_costs_nothing(home: House, database_url: str) -> None:
    job = await home.job()
    await killed_at(database_url, home, "answer committed")
    row = await home.row(job)
    assert (row["status"], row["creates"]) == ("in_progress", 1)
    await ended_once(home, job)


@pytest.mark.parametrize(
    "point", ["bytes about to be committed", "bytes committed", "end about to be committed", "end committed"]
)
async def test_death_at_any_point_of_an_ending_leaves_one_end_one_event_and_one_delivery(
    home: House, database_url: str, point: str
) -> None:
    with Receiver() as receiver:
        job = await about_to_end(home, webhook_url=receiver.url)
        await killed_at(database_url, home, point)
        kept = await home.rows("SELECT raw FROM result")
        assert len(kept) == (point != "bytes about to be committed")
        assert (await home.row(job))["status"] == ("completed" if point == "end committed" else "in_progress")
        await ended_once(home, job)
        assert len({hook.webhook_id for hook in await asyncio.to_thread(receiver.wait_for, 1)}) == 1
        await home.at_rest()
    [delivery] = await home.rows("SELECT status, attempts FROM delivery")
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 1)


async def test_death_after_a_webhook_was_sent_sends_it_again_under_the_same_id(home: House, database_url: str) -> None:
    with Receiver() as receiver:
        job = await about_to_end(home, webhook_url=receiver.url)
        await killed_at(database_url, home, "attempt about to be committed")
        await ended_once(home, job)
        first, second = await asyncio.to_thread(receiver.wait_for, 2)
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)


async def test_death_after_a_cancel_was_sent_asks_again_and_ends_cancelled(home: House, database_url: str) -> None:
    home.upstream.life(run_seconds=100_000)
    job = await home.job()
    await home.running(job)
    await home.cancel(job)
    await killed_at(database_url, home, "cancel sent")
    row = await home.ended(job, step=31)
    assert (row["status"], row["creates"]) == ("cancelled", 1)
    assert (await home.events(job)).count("job.cancelled") == 1


async def test_death_between_read_and_database_costs_only_the_read(home: House, database_url: str) -> None:
    job = await about_to_end(home)
    await killed_at(database_url, home, "run read")
    assert (await home.row(job))["status"] == "in_progress"
    await home.later(31)
    assert (await home.row(job))["status"] == "completed"
