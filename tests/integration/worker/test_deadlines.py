from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator
from tests.support.scripted_upstream import house_told

pytestmark = pytest.mark.anyio

HOUR = 3600
TEN_MINUTES = timedelta(minutes=10)
ENDLESS = {"life": {"run_seconds": 1_000_000}}


@pytest.fixture
async def home(database_url: str, upstream: LiveSimulator) -> AsyncIterator[House]:
    """A house that reads each run every ten minutes."""
    async with house(database_url, upstream, poll_first=TEN_MINUTES, poll_cap=TEN_MINUTES) as home:
        yield home


def _rule(op: str, **fault: object) -> dict[str, object]:
    return {"op": op, "fault": fault}


def _statuses(upstream: LiveSimulator) -> list[str]:
    return [interaction["status"] for interaction in upstream.ledger()["interactions"]]


async def test_a_run_past_its_deadline_is_cancelled_upstream_and_its_job_expires(home: House) -> None:
    home.upstream.script(ENDLESS)
    job = await home.job(deadline_seconds=HOUR)
    row = await home.ended(job)
    assert (row["status"], row["error"]["code"]) == ("expired", "deadline")
    assert timedelta(seconds=HOUR) <= row["finished_at"] - row["started_at"] <= timedelta(seconds=HOUR + 120)
    assert _statuses(home.upstream) == ["cancelled"]
    assert (await home.events(job))[-1] == "job.expired"


async def test_a_deadline_is_not_slept_through(home: House) -> None:
    home.upstream.script(ENDLESS)
    job = await home.job(deadline_seconds=90)
    row = await home.ended(job, step=1)
    assert row["finished_at"] - row["started_at"] <= timedelta(seconds=93)


async def test_a_run_that_completed_before_anyone_looked_beats_its_deadline(home: House) -> None:
    job = await home.job(deadline_seconds=HOUR)
    await home.running(job)
    await home.later(3 * HOUR)
    assert (await home.row(job))["status"] == "completed"
    assert not home.upstream.entries("cancel")


async def test_an_end_that_the_last_read_finds_wins_over_the_deadline(database_url: str) -> None:
    running = {"id": "run-1", "status": "in_progress"}
    report = {"type": "model_output", "content": [{"type": "text", "text": "The tides turn."}]}
    done = {"id": "run-1", "status": "completed", "steps": [report], "usage": {"total_tokens": 7}}
    async with house_told(database_url, running, done) as (home, server):
        job = await home.job(deadline_seconds=HOUR)
        await home.running(job)
        await home.later(HOUR + 1)
        assert (await home.row(job))["status"] == "completed"
        assert [request.method for request in server.requests] == ["POST", "GET", "POST", "GET"]


async def test_an_expired_run_that_ignores_its_cancel_is_asked_again_and_its_late_result_is_kept(home: House) -> None:
    home.upstream.script({"life": {"run_seconds": 3 * HOUR, "cancel_wins": False}})
    job = await home.job(deadline_seconds=HOUR)
    assert (await home.ended(job))["status"] == "expired"
    for _ in range(14):
        await home.later(900)
    row = await home.row(job)
    assert (row["status"], row["late_result"]) == ("expired", True)
    assert (await home.events(job))[-1] == "job.late_result"
    assert len(home.upstream.entries("cancel")) > 1
    [result] = await home.rows("SELECT text FROM result")
    assert "TPU" in result["text"]


async def test_a_cancel_that_fails_at_the_deadline_is_asked_again_until_it_is_heard(home: House) -> None:
    home.upstream.script(_rule("cancel", kind="status", status=500), ENDLESS)
    job = await home.job(deadline_seconds=HOUR)
    assert (await home.ended(job))["status"] == "expired"
    assert _statuses(home.upstream) == ["in_progress"]
    home.upstream.script()
    await home.later(600)
    assert _statuses(home.upstream) == ["cancelled"]
    await home.later(600)
    row = await home.row(job)
    assert (row["status"], row["late_result"]) == ("expired", False)


async def test_an_upstream_out_of_reach_at_the_deadline_is_waited_for_ten_minutes_and_then_collected(
    home: House,
) -> None:
    home.upstream.script(_rule("get", kind="reset"), {"life": {"run_seconds": HOUR, "cancel_wins": False}})
    job = await home.job(deadline_seconds=HOUR)
    row = await home.ended(job)
    assert row["status"] == "expired"
    assert row["finished_at"] - row["started_at"] >= timedelta(seconds=HOUR + 600)
    home.upstream.script()
    await home.later(600)
    row = await home.row(job)
    assert (row["status"], row["late_result"]) == ("expired", True)


async def test_a_run_that_the_upstream_queues_has_a_deadline_of_its_own_for_that(home: House) -> None:
    home.upstream.life(queued_seconds=5 * HOUR, run_seconds=HOUR)
    job = await home.job(deadline_seconds=2 * HOUR, queued_deadline_seconds=10 * HOUR)
    row = await home.when(job, lambda row: row["finished_at"], step=600)
    assert row["status"] == "completed"


async def test_a_run_that_is_queued_upstream_for_too_long_expires(home: House) -> None:
    home.upstream.life(queued_seconds=50 * HOUR, run_seconds=HOUR)
    job = await home.job(queued_deadline_seconds=10 * HOUR)
    row = await home.ended(job, step=600)
    assert row["status"] == "expired"
    assert row["finished_at"] - row["started_at"] >= timedelta(hours=10)
    assert _statuses(home.upstream) == ["cancelled"]


async def test_a_job_that_cannot_start_in_time_expires_and_is_never_created(home: House) -> None:
    home.upstream.fault("create", "rate_limited")
    job = await home.job(start_deadline_seconds=600)
    row = await home.ended(job)
    assert (row["status"], row["error"]["code"]) == ("expired", "start_deadline")
    home.upstream.script()
    await home.later(HOUR)
    assert not home.labels_accepted()
