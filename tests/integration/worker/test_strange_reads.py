from datetime import timedelta

import pytest

from tests.support.house import House
from tests.support.raw_server import answer
from tests.support.scripted_upstream import house_told

pytestmark = pytest.mark.anyio

PAGE = answer(b"<html>Please sign in</html>", content_type="text/html")
RUNNING = {"id": "run-1", "status": "in_progress", "steps": []}
REPORT = {"type": "model_output", "content": [{"type": "text", "text": "The tides turn."}]}
DONE = {"id": "run-1", "status": "completed", "steps": [REPORT], "usage": {"total_tokens": 7}}


async def test_an_unknown_status_is_shown_once_kept_raw_and_watched_on(home: House) -> None:
    home.upstream.life(ending="weird_status", unknown_status="paused_for_review", run_seconds=60)
    job = await home.job()
    row = await home.when(job, lambda row: row["attention_code"] is not None)
    assert (row["status"], row["attention_code"]) == ("in_progress", "unknown_status")
    assert "paused_for_review" in row["attention_detail"]
    for _ in range(5):
        await home.later(120)
    assert (await home.interaction(job))["upstream_status"] == "paused_for_review"
    assert (await home.events(job)).count("job.attention") == 1
    [result] = await home.rows("SELECT raw, readable FROM result")
    assert (b"paused_for_review" in result["raw"], result["readable"]) == (True, False)


async def test_a_run_that_leaves_its_unknown_status_loses_the_mark_and_ends(database_url: str) -> None:
    odd = {**RUNNING, "status": "paused_for_review"}
    async with house_told(database_url, odd, odd, RUNNING, DONE) as (home, _):
        job = await home.job()
        assert (await home.when(job, lambda row: row["attention_code"]))["attention_code"] == "unknown_status"
        row = await home.when(job, lambda row: row["attention_code"] is None)
        assert row["status"] == "in_progress"
        assert (await home.ended(job))["status"] == "completed"


async def test_an_unknown_status_past_the_deadline_is_cancelled_upstream_and_expires(home: House) -> None:
    home.upstream.life(ending="weird_status", run_seconds=60, cancel_wins=False)
    job = await home.job(deadline_seconds=1800)
    row = await home.ended(job)
    assert row["status"] == "expired"
    assert home.upstream.entries("cancel")
    assert row["finished_at"] - row["started_at"] >= timedelta(seconds=1800 + 600)


async def test_an_unreadable_answer_is_kept_and_replaced_by_the_good_one(database_url: str) -> None:
    async with house_told(database_url, PAGE, DONE) as (home, _):
        job = await home.job()
        await home.running(job)
        await home.later(6)
        row = await home.row(job)
        assert (row["status"], row["attention_code"]) == ("in_progress", None)
        [kept] = await home.rows("SELECT raw, readable, content_type FROM result")
        assert kept == {"raw": b"<html>Please sign in</html>", "readable": False, "content_type": "text/html"}
        assert (await home.ended(job))["status"] == "completed"
        [kept] = await home.rows("SELECT raw, readable, text FROM result")
        assert (b"The tides turn." in kept["raw"], kept["readable"], kept["text"]) == (True, True, "The tides turn.")


async def test_answers_that_stay_unreadable_call_for_a_person(database_url: str) -> None:
    async with house_told(database_url, PAGE) as (home, _):
        job = await home.job()
        row = await home.when(job, lambda row: row["attention_code"] is not None)
        assert (await home.interaction(job))["failures"] >= 3
        assert "cannot be read" in row["attention_detail"]
        assert row["status"] == "in_progress"


async def test_an_unreadable_answer_never_replaces_a_result(database_url: str) -> None:
    done = {name: value for name, value in DONE.items() if name != "usage"}
    async with house_told(database_url, done, PAGE) as (home, _):
        job = await home.job()
        await home.ended(job)
        for _ in range(3):
            await home.later(30)
        [kept] = await home.rows("SELECT raw, readable FROM result")
        assert (b"The tides turn." in kept["raw"], kept["readable"]) == (True, True)


async def test_a_run_that_leaves_the_upstreams_queue_by_way_of_an_unknown_status_gets_its_deadline(
    database_url: str,
) -> None:
    reads = [{**RUNNING, "status": "queued"}, {**RUNNING, "status": "paused_for_review"}, RUNNING]
    async with house_told(database_url, *reads) as (home, _):
        job = await home.job(deadline_seconds=600, queued_deadline_seconds=86_400)
        row = await home.ended(job, step=30)
        assert row["status"] == "expired"
        assert row["finished_at"] - row["started_at"] < timedelta(seconds=1800)
