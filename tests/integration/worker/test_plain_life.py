import asyncio

import pytest
from standardwebhooks import Webhook

from tests.support.house import SECRET, House
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio


async def test_a_job_is_created_once_watched_kept_and_announced(home: House) -> None:
    with Receiver(secret=SECRET) as receiver:
        job = await home.job("Compare tidal power in 2025 and 2026", webhook_url=receiver.url)
        row = await home.ended(job)
        assert row["status"] == "completed", dict(row)
        assert (row["creates"], row["attempt"]) == (1, 1)
        assert len(home.upstream.entries("create")) == 1
        [result] = await home.rows("SELECT * FROM result")
        assert "tidal" in result["text"]
        assert result["citations"]
        received = await asyncio.to_thread(receiver.wait_for, 1)
        assert received[0].event["type"] == "job.completed"
        assert Webhook(SECRET).verify(received[0].body, received[0].headers)
        events = await home.events(job)
        assert events[0] == "job.created"
        assert events[1] == "job.started"
        assert "job.progress" in events
        assert events[-1] == "job.completed"


async def test_a_poll_comes_after_five_seconds_then_later_by_half_until_a_minute(home: House) -> None:
    home.upstream.life(run_seconds=100_000)
    job = await home.job()
    await home.running(job)
    waits = []
    for _ in range(9):
        [row] = await home.rows("SELECT extract(epoch FROM due_at - lw_now()) AS wait FROM interaction")
        waits.append(float(row["wait"]))
        await home.later(float(row["wait"]))
    assert waits == pytest.approx([5, 7.5, 11.25, 16.9, 25.3, 38, 57, 60, 60], abs=0.5)


async def test_twenty_five_jobs_are_created_once_each_and_all_end(home: House) -> None:
    jobs = [await home.job(f"Research topic {number}") for number in range(25)]
    for job in jobs:
        row = await home.ended(job, step=120)
        assert (row["status"], row["creates"]) == ("completed", 1)
    assert sorted(home.labels_accepted().values()) == [1] * len(jobs)
