import json
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


DEEP = b"[" * 5000 + b"]" * 5000
ODD: dict[str, tuple[bytes, str]] = {
    "NUL": (b'{"id": "run-1", "status": "completed", "x": "\\u0000", "steps": [%s]}', "The tides turn."),
    "a raw NUL": (b'{"id": "run-1", "status": "completed", "x": "\x00", "steps": [%s]}', "The tides turn."),
    "a lone surrogate": (b'{"id": "run-1", "status": "completed", "x": "\\ud800", "steps": [%s]}', "The tides turn."),
    "wrong UTF-8": (b'{"id": "run-1", "status": "completed", "x": "\xff", "steps": [%s]}', "The tides turn."),
    "a doubled status": (b'{"status": "in_progress", "status": "completed", "steps": [%s]}', "The tides turn."),
    "doubled steps": (b'{"status": "completed", "steps": [], "steps": [%s]}', "The tides turn."),
    "deep nesting in what is read": (
        b'{"status": "completed", "steps": [%s, {"type": "model_output", "content": '
        + b"[" * 150
        + b"]" * 150
        + b"}]}",
        "The tides turn.",
    ),
}


@pytest.mark.parametrize("name", ODD)
async def test_odd_json_ends_its_job_with_the_text_that_is_there_and_the_bytes_as_they_came(
    database_url: str, name: str
) -> None:
    raw, text = ODD[name][0].replace(b"%s", json.dumps(REPORT).encode()), ODD[name][1]
    async with house_told(database_url, answer(raw)) as (home, _):
        row = await home.ended(await home.job())
        [kept] = await home.rows("SELECT raw, text, derive_error FROM result")
        assert (row["status"], kept["raw"], kept["text"], kept["derive_error"]) == ("completed", raw, text, None)


async def test_json_nested_too_deep_to_be_read_is_kept_shown_and_replaced_by_the_good_one(database_url: str) -> None:
    raw = b'{"id": "run-1", "status": "completed", "steps": ' + DEEP + b"}"
    async with house_told(database_url, *[answer(raw)] * 5, DONE) as (home, _):
        job = await home.job()
        row = await home.when(job, lambda row: row["attention_code"] is not None)
        assert (row["status"], row["attention_code"]) == ("in_progress", "unknown_status")
        [kept] = await home.rows("SELECT raw FROM result")
        assert kept["raw"] == raw
        assert (await home.ended(job))["status"] == "completed"


async def test_a_schema_that_flips_while_a_run_is_read_changes_nothing(database_url: str) -> None:
    thought = {"type": "thought", "summary": [{"type": "text", "text": "Reading the almanac"}]}
    old = {"id": "run-1", "status": "in_progress", "outputs": [thought]}
    new = {**RUNNING, "steps": [thought]}
    done = {"id": "run-1", "status": "completed", "outputs": [{"type": "text", "text": "The tides turn."}]}
    async with house_told(database_url, new, old, new, done) as (home, _):
        job = await home.job()
        row = await home.ended(job, step=5)
        assert (row["status"], row["attention_code"], row["creates"]) == ("completed", None, 1)
        assert (await home.events(job)).count("job.progress") == 1
        [kept] = await home.rows("SELECT text, revision FROM result")
        assert (kept["text"], kept["revision"]) == ("The tides turn.", "legacy")


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
