import asyncio
import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from standardwebhooks import Webhook

from longwatch.domain import ids
from longwatch.domain.receivers import Attempts
from longwatch.webhooks.client import MOST_CONNECTIONS
from tests.support.house import SECRET, House, house
from tests.support.live_simulator import LiveSimulator
from tests.support.receiver import Answer, Received, Receiver
from tests.support.waiting import eventually_async
from worker import batches

pytestmark = pytest.mark.anyio

SECOND_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
DAY = 24 * 3600
MANY = """
INSERT INTO delivery (id, job_id, sequence, url, status, due_at)
SELECT uuidv7(), job_id, sequence, :url, 'pending', lw_now() - :age * interval '1 second'
FROM event, generate_series(1, :number) WHERE type = 'job.completed' RETURNING id
"""


async def _told(receiver: Receiver, count: int) -> list[Received]:
    return await asyncio.to_thread(receiver.wait_for, count)


async def _settled(home: House, attempts: int) -> Sequence[Any]:
    """Return the attempts once so many are written down."""

    async def written() -> Sequence[Any]:
        rows = await home.rows("SELECT * FROM delivery_attempt ORDER BY at, number")
        return rows if len(rows) >= attempts else []

    return await eventually_async(written)


async def _attempts(home: House, receiver: Receiver, count: int) -> Sequence[Any]:
    """Let time pass from one planned attempt to the next until *count* were made."""
    for made in range(1, count + 1):
        rows = await _settled(home, made)
        if made < count:
            [due] = await home.rows("SELECT extract(epoch FROM due_at - lw_now()) AS wait FROM delivery")
            await home.later(float(due["wait"]) + 0.1)
    await _told(receiver, count)
    return rows


@pytest.mark.parametrize("ending", ["completed", "failed", "cancelled", "incomplete", "budget_exceeded"])
async def test_every_ending_sends_exactly_its_event(home: House, ending: str) -> None:
    home.upstream.life(ending=ending)
    with Receiver(secret=SECRET) as receiver:
        job = await home.job(webhook_url=receiver.url)
        await home.ended(job)
        [hook] = await _told(receiver, 1)
        await _settled(home, 1)
        await home.later(DAY)
        assert len(receiver.ledger) == 1
    assert (hook.event["type"], hook.verified) == (f"job.{ending}", True)
    [delivery] = await home.rows("SELECT status, attempts, due_at FROM delivery")
    assert delivery == {"status": "delivered", "attempts": 1, "due_at": None}


async def test_a_job_that_expired_says_so(home: House) -> None:
    home.upstream.life(run_seconds=1_000_000)
    with Receiver() as receiver:
        job = await home.job(webhook_url=receiver.url, deadline_seconds=120)
        await home.ended(job)
        [hook] = await _told(receiver, 1)
    assert (hook.event["type"], hook.event["data"]["error"]["code"]) == ("job.expired", "deadline")


async def test_the_body_tells_what_a_receiver_needs(home: House) -> None:
    with Receiver() as receiver:
        job = await home.job(webhook_url=receiver.url, metadata={"order": 7, "名": "潮汐"})
        row = await home.ended(job)
        [hook] = await _told(receiver, 1)
    told = hook.event
    shown = ids.encode(ids.JOB, job)
    [result] = await home.rows("SELECT text FROM result")
    assert told["timestamp"].endswith("Z")
    assert told["data"] == {
        "job_id": shown,
        "sequence": row["last_sequence"],
        "status": "completed",
        "interaction_id": ids.encode(ids.INTERACTION, row["interaction_id"]),
        "metadata": {"order": 7, "名": "潮汐"},
        "usage": row["usage"],
        "error": None,
        "attention": None,
        "action": None,
        "preview": result["text"][:500],
        "result_url": f"/v1/jobs/{shown}/result",
    }


async def test_the_start_is_told_only_to_whoever_asked(home: House) -> None:
    with Receiver() as receiver:
        plain = await home.job(webhook_url=receiver.url)
        asked = await home.job(webhook_url=receiver.url, webhook_events=["job.started", "job.completed"])
        await home.ended(plain)
        await home.ended(asked)
        hooks = await _told(receiver, 3)
    told = sorted((hook.event["data"]["job_id"] == ids.encode(ids.JOB, asked), hook.event["type"]) for hook in hooks)
    assert told == [(False, "job.completed"), (True, "job.completed"), (True, "job.started")]


async def test_a_receiver_that_fails_is_tried_on_the_schedule_under_one_webhook_id(home: House) -> None:
    failing = [Answer(500), Answer(503, body=b"not now"), Answer(404), Answer(302, headers={"Location": "/else"})]
    with Receiver(script=failing, secret=SECRET) as receiver:
        job = await home.job(webhook_url=receiver.url)
        row = await home.ended(job)
        rows = await _attempts(home, receiver, 5)
        hooks = receiver.ledger
    assert row["status"] == "completed"
    assert [attempt["http_status"] for attempt in rows] == [500, 503, 404, 302, 204]
    assert rows[1]["response_head"] == "not now"
    assert len({hook.webhook_id for hook in hooks}) == 1
    assert len({hook.body for hook in hooks}) == 1
    assert all(hook.verified for hook in hooks)
    waits = [(later["at"] - earlier["at"]).total_seconds() for earlier, later in pairwise(rows)]
    # Real time passes between attempts too: seconds, on a busy machine.
    assert waits == pytest.approx([5, 300, 1800, 7200], rel=0.12, abs=3)


async def test_a_receivers_retry_after_is_kept_to(home: House) -> None:
    with Receiver(script=[Answer(429, headers={"Retry-After": "900"})]) as receiver:
        await home.ended(await home.job(webhook_url=receiver.url))
        await _settled(home, 1)
        [due] = await home.rows("SELECT extract(epoch FROM due_at - lw_now()) AS wait FROM delivery")
        assert 890 <= due["wait"] <= 1000


async def test_a_receiver_that_wants_no_more_is_left_alone(home: House) -> None:
    with Receiver(otherwise=Answer(410)) as receiver:
        await home.ended(await home.job(webhook_url=receiver.url))
        await _settled(home, 1)
        await home.later(DAY)
        assert len(receiver.ledger) == 1
    [delivery] = await home.rows("SELECT status, due_at FROM delivery")
    assert delivery == {"status": "gone", "due_at": None}


async def test_a_receiver_that_fails_for_days_is_given_up_after_the_whole_schedule(home: House) -> None:
    with Receiver(otherwise=Answer(500)) as receiver:
        await home.ended(await home.job(webhook_url=receiver.url))
        await _attempts(home, receiver, 10)
    [delivery] = await home.rows("SELECT status, attempts, due_at FROM delivery")
    assert delivery == {"status": "exhausted", "attempts": 10, "due_at": None}


async def test_a_receiver_that_never_answers_keeps_no_job_from_its_end(home: House) -> None:
    home.upstream.life(run_seconds=30)
    with Receiver(otherwise=Answer(hold=True)) as receiver:
        jobs = [await home.job(f"topic {number}", webhook_url=receiver.url) for number in range(3)]
        for job in jobs:
            assert (await home.ended(job))["status"] == "completed"


async def test_a_receiver_that_hangs_keeps_no_other_waiting(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "STRAGGLER_SECONDS", 0.1)
    with Receiver(otherwise=Answer(hold=True)) as hangs, Receiver() as receiver:
        await home.ended(await home.job(webhook_url=receiver.url))
        await _told(receiver, 1)
        await home.rows(MANY, url=hangs.url.upper(), number=2 * MOST_CONNECTIONS, age=2)
        await home.rows(MANY, url=receiver.url, number=1, age=1)
        for _ in range(5):
            await home.pump()
        await _told(receiver, 2)
        assert len(hangs.ledger) <= MOST_CONNECTIONS // 2


async def test_where_many_attempts_hang_a_new_ending_waits_for_its_turn(home: House) -> None:
    room, home.runtime.attempts = home.runtime.attempts, Attempts(most=0)
    with Receiver() as receiver:
        await home.ended(await home.job(webhook_url=receiver.url))
        await home.at_rest()
        [delivery] = await home.rows("SELECT attempts, claimed_at, due_at <= lw_now() AS due FROM delivery")
        assert delivery == {"attempts": 0, "claimed_at": None, "due": True}
        home.runtime.attempts = room
        await home.pump()
        await _told(receiver, 1)


async def test_a_webhook_is_signed_with_every_secret_while_they_rotate(
    database_url: str, upstream: LiveSimulator
) -> None:
    async with house(database_url, upstream, webhook_secret=f"{SECOND_SECRET} {SECRET}") as home:
        with Receiver() as receiver:
            await home.ended(await home.job(webhook_url=receiver.url))
            [hook] = await _told(receiver, 1)
    for secret in (SECRET, SECOND_SECRET):
        assert Webhook(secret).verify(hook.body, hook.headers) == json.loads(hook.body)


async def test_loopback_is_refused_unless_it_is_allowed(database_url: str, upstream: LiveSimulator) -> None:
    async with house(database_url, upstream, webhook_allow="") as home:
        with Receiver() as receiver:
            row = await home.ended(await home.job(webhook_url=receiver.url))
            [attempt] = await _settled(home, 1)
            assert row["status"] == "completed"
            assert not receiver.ledger
    assert attempt["http_status"] is None
    assert "127.0.0.1" in attempt["error"]


async def test_a_worker_that_dies_while_it_delivers_leaves_the_attempt_to_another(
    database_url: str, upstream: LiveSimulator
) -> None:
    with Receiver(script=[Answer(hold=True)]) as receiver:
        async with house(database_url, upstream) as home:
            await home.ended(await home.job(webhook_url=receiver.url))
            await _told(receiver, 1)
        async with house(database_url, upstream) as home:
            await home.later(31)
            [attempt] = await _settled(home, 1)
            assert attempt["http_status"] == 204
        first, second = receiver.ledger
        assert first.webhook_id == second.webhook_id


async def test_without_a_secret_to_sign_with_the_attempt_says_so(database_url: str, upstream: LiveSimulator) -> None:
    async with house(database_url, upstream, webhook_secret="") as home:
        with Receiver() as receiver:
            row = await home.ended(await home.job(webhook_url=receiver.url))
            [attempt] = await _settled(home, 1)
            assert (row["status"], attempt["http_status"]) == ("completed", None)
            assert "secret" in attempt["error"]
            assert not receiver.ledger
