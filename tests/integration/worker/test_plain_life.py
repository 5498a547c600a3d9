import asyncio

from standardwebhooks import Webhook

from tests.support.house import SECRET, house, simulator_running
from tests.support.receiver import Receiver


def test_a_job_is_created_once_watched_kept_and_announced(database_url: str) -> None:
    async def story() -> None:
        with simulator_running() as upstream, Receiver(secret=SECRET) as receiver:
            async with house(database_url, upstream) as home:
                job = await home.job("Compare tidal power in 2025 and 2026", webhook_url=receiver.url)
                row = await home.ended(job)
                assert row["status"] == "completed", dict(row)
                assert (row["creates"], row["attempt"]) == (1, 1)
                assert len(upstream.entries("create")) == 1
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

    asyncio.run(story())
