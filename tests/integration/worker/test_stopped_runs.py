from typing import Any

import pytest

from longwatch.domain.states import Status
from tests.support.house import House
from tests.support.raw_server import answer
from tests.support.scripted_upstream import Gate, house_told, posted

pytestmark = pytest.mark.anyio

WEEK = 7 * 24 * 3600


def _words(text: str) -> dict[str, Any]:
    return {"type": "model_output", "content": [{"type": "text", "text": text}]}


DONE = {"status": "completed", "steps": [_words("again.")], "usage": {"total_tokens": 7}}
CUT = {"status": "requires_continuation", "continuation_token": "token-1", "steps": [_words("The tides turn ")]}


async def test_a_run_that_asks_for_an_action_hands_its_job_to_a_person(home: House) -> None:
    home.upstream.life(ending="requires_action")
    job = await home.job()
    row = await home.when(job, lambda row: row["status"] == "requires_action", step=60)
    assert row["finished_at"] is None
    assert (await home.events(job))[-1] == "job.requires_action"
    interaction = await home.interaction(job)
    assert (interaction["upstream_status"], interaction["running"]) == ("requires_action", False)


async def test_an_action_that_nobody_takes_expires_after_its_deadline(home: House) -> None:
    home.upstream.life(ending="requires_action")
    job = await home.job(action_deadline_seconds=WEEK)
    await home.when(job, lambda row: row["status"] == "requires_action", step=60)
    await home.later(WEEK - 60)
    assert (await home.row(job))["status"] == "requires_action"
    await home.later(120)
    row = await home.row(job)
    assert (row["status"], row["error"]["code"]) == ("expired", "action_deadline")


async def test_a_job_that_waits_for_a_person_is_cancelled_at_once(home: House) -> None:
    home.upstream.life(ending="requires_action")
    job = await home.job()
    await home.when(job, lambda row: row["status"] == "requires_action", step=60)
    assert await home.cancel(job) is Status.CANCELLED


@pytest.mark.parametrize("status", ["requires_action", "requires_continuation"])
async def test_a_cancel_that_meets_a_run_which_stopped_by_itself_ends_the_job(database_url: str, status: str) -> None:
    async with house_told(database_url, {"status": status, "continuation_token": "t"}) as (home, server):
        job = await home.job()
        await home.running(job)
        await home.cancel(job)
        await home.pump()
        assert (await home.row(job))["status"] == "cancelled"
        assert len(posted(server)) == 1


async def test_a_run_that_is_to_be_continued_is_continued_by_a_create_of_the_same_attempt(database_url: str) -> None:
    second_hop = {**CUT, "continuation_token": "token-2", "steps": [_words("and turn ")]}
    async with house_told(database_url, CUT, second_hop, DONE) as (home, server):
        job = await home.job("Research the tides")
        row = await home.ended(job, step=5)
        assert (row["status"], row["creates"], row["attempt"]) == ("completed", 3, 1)
        first, second, third = posted(server)
        assert first["input"] == "Research the tides"
        assert (second["previous_interaction_id"], second["continuation_token"]) == ("run-1", "token-1")
        assert (third["previous_interaction_id"], third["continuation_token"]) == ("run-2", "token-2")
        assert "input" not in second
        assert second["agent"] == first["agent"]
        labels = [body["labels"] for body in (first, second, third)]
        assert len({label["longwatch_interaction"] for label in labels}) == 3
        assert {label["longwatch_attempt"] for label in labels} == {"1"}
        assert len(await home.rows("SELECT FROM interaction WHERE running")) == 0
        texts = await home.rows("SELECT text FROM result ORDER BY interaction_id")
        assert [result["text"] for result in texts] == [None, None, "The tides turn and turn again."]


async def test_a_continuation_that_is_refused_for_now_is_tried_again_with_the_same_token(database_url: str) -> None:
    busy = answer({"error": {"code": "rate_limit_exceeded", "message": "Later."}}, status=429)
    gate = Gate(busy)
    gate.open.set()
    async with house_told(database_url, CUT, DONE) as (home, server):
        job = await home.job()
        await home.running(job)
        told = server.behaviours[0]
        server.behaviours[:] = [told, told, gate, told]
        row = await home.ended(job, step=5)
        assert (row["status"], row["creates"]) == ("completed", 3)
        assert [body.get("continuation_token") for body in posted(server)] == [None, "token-1", "token-1"]
        assert len(await home.rows("SELECT FROM interaction")) == 2


async def test_a_start_deadline_does_not_end_a_job_that_is_being_continued(database_url: str) -> None:
    async with house_told(database_url, CUT, DONE) as (home, _):
        job = await home.job(start_deadline_seconds=3)
        await home.running(job)
        assert (await home.ended(job, step=10))["status"] == "completed"
