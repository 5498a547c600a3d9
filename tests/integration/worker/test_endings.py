import hashlib
import json
from typing import Any

import pytest

from tests.support.house import House
from tests.support.raw_server import answer
from tests.support.scripted_upstream import house_told

pytestmark = pytest.mark.anyio

FAILED = {"id": "run-1", "status": "failed", "steps": []}
EMPTY = {"id": "run-1", "status": "completed", "steps": [], "usage": {"total_tokens": 3}}
REPORT = {"type": "model_output", "content": [{"type": "text", "text": "The tides turn."}]}


async def _raw(home: House) -> Any:
    [row] = await home.rows("SELECT raw FROM result")
    return json.loads(row["raw"])


@pytest.mark.parametrize("place", ["list", "error"])
async def test_a_failed_run_fails_its_job_with_the_upstreams_reason(home: House, place: str) -> None:
    home.upstream.life(ending="failed", errors=place, error_code="safety", error_message="Not that topic.")
    job = await home.job()
    row = await home.ended(job)
    assert row["status"] == "failed"
    assert (row["error"]["code"], row["error"]["message"]) == ("safety", "Not that topic.")
    assert (await _raw(home))["status"] == "failed"
    assert (await home.events(job))[-1] == "job.failed"


async def test_a_failure_without_a_word_gets_words_of_ours(home: House) -> None:
    home.upstream.life(ending="failed", errors=None)
    row = await home.ended(await home.job())
    assert (row["status"], row["error"]["code"]) == ("failed", "upstream_failed")


async def test_a_failure_that_only_a_step_tells_is_told(database_url: str) -> None:
    step = {"type": "model_output", "error": {"code": 13, "message": "The search broke.", "status": "INTERNAL"}}
    async with house_told(database_url, {**FAILED, "steps": [step]}) as (home, _):
        row = await home.ended(await home.job())
        assert row["error"]["message"] == "The search broke."


@pytest.mark.parametrize("ending", ["incomplete", "budget_exceeded", "cancelled"])
async def test_every_other_ending_upstream_is_the_jobs_own_and_keeps_what_there_is(home: House, ending: str) -> None:
    home.upstream.life(ending=ending)
    job = await home.job()
    row = await home.ended(job)
    assert row["status"] == ending
    assert (await _raw(home))["status"] == ending
    assert (await home.events(job))[-1] == f"job.{ending}"


async def test_a_completed_run_with_nothing_in_it_is_read_again_then_fails_with_its_bytes_kept(home: House) -> None:
    home.upstream.life(empty=True)
    job = await home.job()
    await home.when(job, lambda _: home.upstream.entries("get"), step=60)
    first = len(home.upstream.entries("get"))
    row = await home.ended(job, step=5)
    assert (row["status"], row["error"]["code"], row["attention_code"]) == ("failed", "empty_output", "empty_output")
    assert len(home.upstream.entries("get")) - first == 3
    assert (await _raw(home))["status"] == "completed"


async def test_a_completed_run_that_fills_up_while_it_is_read_again_is_a_success(database_url: str) -> None:
    async with house_told(database_url, EMPTY, EMPTY, {**EMPTY, "steps": [REPORT]}) as (home, _):
        row = await home.ended(await home.job())
        assert (row["status"], row["error"]) == ("completed", None)


async def test_usage_that_comes_late_is_fetched_and_replaces_the_bytes(home: House) -> None:
    home.upstream.life(run_seconds=60, usage_after_seconds=60)
    job = await home.job()
    row = await home.when(job, lambda row: row["finished_at"], step=5)
    assert (row["status"], row["usage"]) == ("completed", None)
    row = await home.when(job, lambda row: row["usage"], step=5)
    [result] = await home.rows("SELECT raw, usage, text FROM result")
    assert row["usage"]["total_tokens"] == result["usage"]["total_tokens"] > 0
    assert result["text"]
    [shown] = home.upstream.ledger()["interactions"]
    assert hashlib.sha256(result["raw"]).hexdigest() == shown["body_sha256"][-1]
    assert (await home.events(job))[-1] == "job.completed"
    assert await home.rows("SELECT FROM interaction WHERE due_at IS NOT NULL") == []


async def test_usage_that_never_comes_is_asked_for_a_few_times_only(home: House) -> None:
    home.upstream.life(run_seconds=60, usage_after_seconds=1_000_000)
    job = await home.job()
    await home.ended(job)
    for _ in range(10):
        await home.later(120)
    assert (await home.row(job))["usage"] is None
    assert await home.rows("SELECT FROM interaction WHERE due_at IS NOT NULL") == []
    assert len(home.upstream.entries("get")) <= 7


async def test_a_body_of_the_legacy_revision_is_read_as_well(home: House) -> None:
    home.upstream.script({"op": "get", "fault": {"kind": "legacy_body"}})
    row = await home.ended(await home.job())
    [result] = await home.rows("SELECT text, revision, citations FROM result")
    assert (row["status"], result["revision"]) == ("completed", "legacy")
    assert "TPU" in result["text"]


@pytest.mark.parametrize("size", [1_300_000, 30_000_000])
async def test_a_large_body_is_kept_to_the_byte(home: House, size: int) -> None:
    home.upstream.life(body_bytes=size, run_seconds=30)
    row = await home.ended(await home.job())
    [result] = await home.rows("SELECT length(raw) AS size, encode(sha256(raw), 'hex') AS digest, text FROM result")
    assert (row["status"], result["size"] >= size) == ("completed", True)
    assert [result["digest"]] == home.upstream.ledger()["interactions"][0]["body_sha256"][-1:]


async def test_what_cannot_be_stored_as_text_is_replaced_there_and_kept_in_the_bytes(database_url: str) -> None:
    text = {"type": "text", "text": "The \ud800tides\x00 turn: 潮汐."}
    whole = {**EMPTY, "steps": [{"type": "model_output", "content": [text]}]}
    raw = json.dumps(whole).encode()
    async with house_told(database_url, answer(raw)) as (home, _):
        row = await home.ended(await home.job())
        [result] = await home.rows("SELECT raw, text, derive_error FROM result")
        assert row["status"] == "completed"
        assert result == {"raw": raw, "text": "The �tides� turn: 潮汐.", "derive_error": None}


async def test_progress_is_told_when_its_words_change_and_only_then(database_url: str) -> None:
    def thinking(words: str) -> dict[str, Any]:
        thought = {"type": "thought", "summary": [{"type": "text", "text": words}]}
        return {"id": "run-1", "status": "in_progress", "steps": [thought]}

    reads = [thinking("Reading"), thinking("Reading"), thinking("Writing"), thinking("Writing"), thinking("Reading")]
    async with house_told(database_url, *reads) as (home, server):
        job = await home.job()
        while server.count("GET") < len(reads):
            await home.later(60)
        told = await home.rows("SELECT data FROM event WHERE type = 'job.progress' ORDER BY sequence")
        assert [row["data"]["text"] for row in told] == ["Reading", "Writing", "Reading"]
        assert (await home.row(job))["last_sequence"] == 5


async def test_progress_that_comes_twice_within_a_second_is_told_a_second_later(database_url: str) -> None:
    def thinking(words: str) -> dict[str, Any]:
        return {"status": "in_progress", "steps": [{"type": "thought", "summary": [{"type": "text", "text": words}]}]}

    async with house_told(database_url, thinking("one"), thinking("two")) as (home, _):
        job = await home.job()
        await home.running(job)
        await home.later(6)
        await home.rows("UPDATE interaction SET due_at = lw_now() RETURNING id")
        await home.pump()
        assert (await home.events(job)).count("job.progress") == 1
        await home.later(60)
        assert (await home.events(job)).count("job.progress") == 2
