"""Does a background run that asks for something go on within its job, whatever is created after it?"""

from typing import Any

import pytest

from tests.support.door import Doorway, working
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Gets the weather for a given location.",
    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
}


async def ask(door: Doorway, prompt: Any, **fields: Any) -> dict[str, Any]:
    body = {"model": "gemini-2.5-flash", "input": prompt, "background": True, "tools": [WEATHER], **fields}
    response = await door.client.post("/v1/interactions", json=body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def ended(door: Doorway, interaction_id: str) -> dict[str, Any]:
    async def over() -> dict[str, Any] | None:
        found = await door.read(interaction_id)
        return found if found["status"] != "in_progress" else None

    found = await eventually_async(over, within=40)
    assert found is not None
    return found


def result_for(asked: dict[str, Any], said: str = "Sunny.") -> list[dict[str, Any]]:
    [call] = [step for step in asked["steps"] if step["type"] == "function_call"]
    return [{"type": "function_result", "name": call["name"], "call_id": call["id"], "result": said}]


async def test_its_answer_is_the_next_run_of_the_same_job(door: Doorway) -> None:
    first = await ask(door, "What is the weather in Paris?")
    async with working(door):
        asked = await ended(door, first["id"])
        assert asked["status"] == "requires_action"
        given = result_for(asked)
        second = await ask(door, given, previous_interaction_id=first["id"])
        assert second["status"] == "in_progress"
        found = await ended(door, second["id"])
    assert found["status"] == "completed"
    assert found["previous_interaction_id"] == first["id"]
    assert found["steps"][0]["type"] == "function_result"
    assert "unny" in str(found["steps"][-1])
    [job] = (await door.api.client.get("/v1/jobs")).json()["items"]
    assert (job["status"], job["interaction_id"]) == ("completed", second["id"])
    assert (await door.read(first["id"]))["status"] == "requires_action"
    assert (await door.read(second["id"], "?include_input=true"))["input"] == given


async def test_the_same_answer_again_is_the_same_run(door: Doorway) -> None:
    first = await ask(door, "What is the weather in Paris?")
    async with working(door):
        given = result_for(await ended(door, first["id"]))
        ids = {(await ask(door, given, previous_interaction_id=first["id"]))["id"] for _ in range(3)}
        [second] = ids
        await ended(door, second)
        assert (await ask(door, given, previous_interaction_id=first["id"]))["id"] == second
    assert len([entry for entry in door.home.upstream.entries("create") if entry["accepted"]]) == 2


async def test_a_foreground_answer_goes_on_with_it_too(door: Doorway) -> None:
    first = await ask(door, "What is the weather in Paris?")
    async with working(door):
        given = result_for(await ended(door, first["id"]))
        second = await ask(door, given, previous_interaction_id=first["id"], background=False)
    assert second["status"] == "completed"
    [job] = (await door.api.client.get("/v1/jobs")).json()["items"]
    assert (job["status"], job["interaction_id"]) == ("completed", second["id"])
    assert (await door.read(second["id"]))["previous_interaction_id"] == first["id"]


async def test_after_one_that_still_runs_it_waits_for_its_end(door: Doorway) -> None:
    first = await door.create("Tea")
    second = await door.create("And coffee?", previous_interaction_id=first["id"])
    assert second["status"] == "in_progress"
    async with working(door):
        found = await ended(door, second["id"])
    assert found["status"] == "completed"
    assert (await door.read(first["id"]))["status"] == "completed"


PLANNER = {
    "agent": "deep-research-preview-04-2026",
    "background": True,
    "agent_config": {"type": "deep-research", "collaborative_planning": True},
}


async def research(door: Doorway, prompt: str, **fields: Any) -> dict[str, Any]:
    response = await door.client.post("/v1/interactions", json={**PLANNER, "input": prompt, **fields})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_a_plan_is_refined_and_carried_out_within_its_job(door: Doorway) -> None:
    first = await research(door, "Research the tides")
    carry_out = {"type": "deep-research", "collaborative_planning": False}
    async with working(door):
        assert (await ended(door, first["id"]))["status"] == "completed"
        second = await research(door, "Leave the moon out", previous_interaction_id=first["id"])
        assert (await ended(door, second["id"]))["status"] == "completed"
        third = await research(door, "Go on", previous_interaction_id=second["id"], agent_config=carry_out)
        assert (await ended(door, third["id"]))["status"] == "completed"
    [job] = (await door.api.client.get("/v1/jobs")).json()["items"]
    assert (job["status"], job["interaction_id"], job["creates"]) == ("completed", third["id"], 3)


async def test_a_plan_can_be_talked_about_with_a_model_while_it_waits(door: Doorway) -> None:
    first = await research(door, "Research the tides")
    async with working(door):
        await ended(door, first["id"])
        other = await ask(door, "Sum it up", previous_interaction_id=first["id"], tools=[])
        assert (await ended(door, other["id"]))["status"] == "completed"
    jobs = (await door.api.client.get("/v1/jobs")).json()["items"]
    assert {job["status"] for job in jobs} == {"completed", "requires_action"}


async def test_a_foreground_call_that_asks_is_a_job_that_can_be_answered_natively(door: Doorway) -> None:
    first = await ask(door, "What is the weather in Paris?", background=False)
    assert first["status"] == "requires_action"
    [job] = (await door.api.client.get("/v1/jobs")).json()["items"]
    [call] = job["action"]["calls"]
    assert call["name"] == "get_weather"
    results = {"results": [{"call_id": call["call_id"], "result": "Sunny."}]}
    response = await door.api.client.post(f"/v1/jobs/{job['id']}/actions", json=results)
    assert (response.status_code, response.json()["status"]) == (202, "queued")
    async with working(door):
        found = await ended(door, response.json()["interaction_id"])
        assert found["status"] == "completed"


async def test_its_answer_waits_for_a_free_place_like_any_create(door: Doorway) -> None:
    first = await ask(door, "What is the weather in Paris?")
    async with working(door):
        asked = await ended(door, first["id"])
    await ask(door, result_for(asked), previous_interaction_id=first["id"])
    assert await door.home.rows("SELECT status, admitted_at FROM job") == [{"status": "queued", "admitted_at": None}]
