"""Does a run that waits for somebody get its answer, once, and go on as the same job?"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from longwatch.domain import ids
from tests.support.api import Api, api_over
from tests.support.house import House
from tests.support.live_simulator import RESEARCHER
from tests.support.raw_server import RawServer
from tests.support.receiver import Receiver
from tests.support.scripted_upstream import house_told, posted
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

TOOLS = [{"type": "function", "name": "weather", "parameters": {"type": "object"}}]
CALL = {"type": "function_call", "id": "one", "name": "weather", "arguments": {"city": "Bern"}}
ASKS = {"status": "requires_action", "steps": [CALL]}
ASKS_TWO = {"status": "requires_action", "steps": [CALL, {**CALL, "id": "two", "arguments": {"city": "Basel"}}]}
RESULT = {"results": [{"call_id": "one", "result": {"degrees": 7}}]}
PLAN_TEXT = "First the moon, then the tides."


def said(text: str) -> dict[str, Any]:
    return {"status": "completed", "steps": [{"type": "model_output", "content": [{"type": "text", "text": text}]}]}


DONE, PLAN = said("It is 7 degrees."), said(PLAN_TEXT)
PLANNER = {
    "agent": RESEARCHER,
    "input": "Research the tides",
    "agent_config": {"type": "deep-research", "collaborative_planning": True},
}
CALLER = {"model": "gemini-3-flash-preview", "input": "How is the weather?", "tools": TOOLS}


@dataclass(slots=True)
class Story:
    """One job that asks for something, and those who live with it."""

    api: Api
    home: House
    server: RawServer
    job: dict[str, Any]

    async def asked(self) -> dict[str, Any]:
        """Bring the job to where it asks, and return it."""
        await self.home.when(
            ids.decode(ids.JOB, self.job["id"]), lambda row: row["status"] == "requires_action", step=5
        )
        return await self.shown()

    async def ended(self) -> dict[str, Any]:
        await self.home.ended(ids.decode(ids.JOB, self.job["id"]), step=5)
        return await self.shown()

    async def shown(self) -> dict[str, Any]:
        job: dict[str, Any] = await self.api.read(f"/v1/jobs/{self.job['id']}")
        return job

    async def answer(self, **said: Any) -> httpx.Response:
        return await self.api.client.post(f"/v1/jobs/{self.job['id']}/actions", json=said)


@asynccontextmanager
async def a_story(database_url: str, request: dict[str, Any], *reads: Any, **job: Any) -> AsyncIterator[Story]:
    async with house_told(database_url, *reads) as (home, server), api_over(database_url) as api:
        yield Story(api, home, server, await api.post(request, **job))


async def test_a_job_lists_the_calls_that_its_run_waits_for(database_url: str) -> None:
    async with a_story(database_url, CALLER, ASKS_TWO) as story:
        job = await story.asked()
        assert [call["arguments"] for call in job["action"]["calls"]] == [{"city": "Bern"}, {"city": "Basel"}]
        assert job["action"]["calls"][0] | {"arguments": {}} == {"call_id": "one", "name": "weather", "arguments": {}}
        events = await story.api.client.get(f"/v1/jobs/{job['id']}/events", headers={"Accept": "application/json"})
        assert events.json()["items"][-1]["data"]["action"] == job["action"]


async def _heard(receiver: Receiver) -> bool:
    return bool(receiver.ledger)


async def test_the_webhook_lists_them_too(database_url: str) -> None:
    with Receiver() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/"
        async with a_story(database_url, CALLER, ASKS, webhook_url=url) as story:
            job = await story.asked()
            await eventually_async(lambda: _heard(receiver))
            assert receiver.ledger[0].event["data"]["action"] == job["action"]


async def test_the_results_go_into_a_new_interaction_of_the_same_job(database_url: str) -> None:
    async with a_story(database_url, CALLER, ASKS, DONE) as story:
        before = await story.asked()
        answered = await story.answer(**RESULT)
        job = answered.json()
        assert (answered.status_code, job["status"], job["action"]) == (202, "queued", None)
        assert job["interaction_id"] != before["interaction_id"]
        ended = await story.ended()
        assert (ended["status"], ended["creates"], ended["attempt"]) == ("completed", 2, 1)
        assert ended["interaction_id"] == job["interaction_id"]
        assert (await story.api.read(f"/v1/jobs/{before['interaction_id']}"))["id"] == job["id"]
        second = posted(story.server)[1]
        step = {"type": "function_result", "call_id": "one", "name": "weather", "result": {"degrees": 7}}
        assert (second["input"], second["previous_interaction_id"]) == ([step], "run-1")
        assert (second["tools"], second["model"]) == (TOOLS, CALLER["model"])


async def test_a_run_may_ask_again_and_again(database_url: str) -> None:
    asks_more = {"status": "requires_action", "steps": [{**CALL, "id": "two"}]}
    async with a_story(database_url, CALLER, ASKS, asks_more, DONE) as story:
        await story.asked()
        await story.answer(**RESULT)
        assert (await story.asked())["action"]["calls"][0]["call_id"] == "two"
        await story.answer(results=[{"call_id": "two", "result": "8", "is_error": True}])
        assert (await story.ended())["status"] == "completed"
        assert [body.get("previous_interaction_id") for body in posted(story.server)] == [None, "run-1", "run-2"]
        assert [step["call_id"] for step in posted(story.server)[2]["input"]] == ["two"]


async def test_an_answer_that_is_continued_keeps_to_what_was_answered(database_url: str) -> None:
    cut = {"status": "requires_continuation", "continuation_token": "t", "steps": []}
    async with a_story(database_url, PLANNER, PLAN, cut, DONE) as story:
        await story.asked()
        await story.answer(approve=True)
        assert (await story.ended())["status"] == "completed"
        third = posted(story.server)[2]
        assert third["agent_config"]["collaborative_planning"] is False
        assert (third["previous_interaction_id"], third["continuation_token"]) == ("run-2", "t")
        assert "input" not in third


async def test_the_same_answer_twice_is_one(database_url: str) -> None:
    async with a_story(database_url, CALLER, ASKS, DONE) as story:
        await story.asked()
        first, second = await story.answer(**RESULT), await story.answer(**RESULT)
        assert second.json()["interaction_id"] == first.json()["interaction_id"]
        assert (await story.ended())["creates"] == 2
        assert (await story.answer(**RESULT)).json()["status"] == "completed"


async def test_another_answer_to_what_was_answered_is_refused(database_url: str) -> None:
    async with a_story(database_url, CALLER, ASKS, DONE) as story:
        await story.asked()
        await story.answer(**RESULT)
        assert (await story.answer(results=[{"call_id": "one", "result": "8"}])).status_code == 409


@pytest.mark.parametrize(
    "answer",
    [
        {"results": [{"call_id": "one", "result": "7"}]},
        {"results": [{"call_id": name, "result": "7"} for name in ("one", "two", "three")]},
        {"results": [{"call_id": name, "result": "7"} for name in ("one", "two", "two")]},
        {"results": []},
        {"approve": True},
        {"approve": False},
        {"results": [{"call_id": "one", "result": "7"}], "approve": True},
        {"results": [{"call_id": "one", "result": "\x00"}, {"call_id": "two", "result": ""}]},
        {},
    ],
)
async def test_an_answer_that_does_not_fit_changes_nothing(database_url: str, answer: dict[str, Any]) -> None:
    async with a_story(database_url, CALLER, ASKS_TWO) as story:
        await story.asked()
        refused = await story.answer(**answer)
        assert refused.status_code == 422
        assert all(problem["remedy"] for problem in refused.json()["problems"])
        assert (await story.shown())["status"] == "requires_action"


async def test_a_job_that_asks_for_nothing_takes_no_answer(database_url: str) -> None:
    async with a_story(database_url, CALLER, DONE) as story:
        assert (await story.answer(**RESULT)).status_code == 409


async def test_a_plan_waits_for_a_word_and_is_not_shown_as_the_report(database_url: str) -> None:
    async with a_story(database_url, PLANNER, PLAN, DONE) as story:
        job = await story.asked()
        assert job["action"] == {"type": "plan", "text": PLAN_TEXT}
        assert (await story.api.client.get(f"/v1/jobs/{job['id']}/result")).status_code == 409


async def test_an_approved_plan_is_carried_out(database_url: str) -> None:
    async with a_story(database_url, PLANNER, PLAN, DONE) as story:
        await story.asked()
        await story.answer(approve=True)
        assert (await story.ended())["status"] == "completed"
        second = posted(story.server)[1]
        assert second["agent_config"] == {"type": "deep-research", "collaborative_planning": False}
        assert second["previous_interaction_id"] == "run-1"
        assert (await story.api.read(f"/v1/jobs/{story.job['id']}/result"))["text"] == "It is 7 degrees."


async def test_an_edited_plan_is_planned_again(database_url: str) -> None:
    async with a_story(database_url, PLANNER, PLAN, said("Only the tides."), DONE) as story:
        await story.asked()
        await story.answer(edit="Leave the moon out")
        assert (await story.asked())["action"]["text"] == "Only the tides."
        second = posted(story.server)[1]
        assert (second["input"], second["agent_config"]["collaborative_planning"]) == ("Leave the moon out", True)
        await story.answer(approve=True)
        assert (await story.ended())["status"] == "completed"


async def test_a_rejected_plan_cancels_the_job_and_leaves_no_report(database_url: str) -> None:
    async with a_story(database_url, PLANNER, PLAN) as story:
        await story.asked()
        assert (await story.answer(reject=True)).json()["status"] == "cancelled"
        assert (await story.answer(reject=True)).status_code == 202
        assert (await story.api.read(f"/v1/jobs/{story.job['id']}/result"))["text"] is None
        assert len(posted(story.server)) == 1


async def test_a_plan_that_comes_after_the_cancel_is_no_late_result(database_url: str) -> None:
    async with a_story(database_url, PLANNER, {"status": "in_progress"}, PLAN) as story:
        job_id = ids.decode(ids.JOB, story.job["id"])
        await story.home.running(job_id)
        await story.home.cancel(job_id)
        assert (await story.ended())["status"] == "cancelled"
        assert (await story.api.read(f"/v1/jobs/{story.job['id']}/result"))["text"] is None


async def test_deleting_the_job_forgets_what_was_asked_and_answered(database_url: str) -> None:
    async with a_story(database_url, CALLER, ASKS) as story:
        await story.asked()
        await story.api.client.delete(f"/v1/jobs/{story.job['id']}")
        assert await story.home.rows("SELECT FROM action") == []
        assert await story.home.rows("SELECT FROM event WHERE data ? 'action'") == []
