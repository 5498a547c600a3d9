"""Is a call that does not run in the background passed through, and kept so that it can be read and followed up?"""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.door import LEGACY, Doorway, doorway, taken, types, working
from tests.support.live_simulator import LiveSimulator
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

MODEL = "gemini-2.5-flash"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Gets the weather for a given location.",
    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
}


async def ask(door: Doorway, prompt: Any = "Name a flower.", headers: Any = None, **fields: Any) -> Any:
    body = {"model": MODEL, "input": prompt, **fields}
    return await door.client.post("/v1beta/interactions", json=body, headers=headers)


async def test_it_is_answered_by_the_upstream_and_read_here_afterwards(door: Doorway) -> None:
    answered = (await ask(door)).json()
    assert answered["status"] == "completed"
    assert answered["id"].startswith("int_")
    door.home.upstream.reset()
    found = await door.read(answered["id"])
    assert found["steps"][0] == {"type": "user_input", "content": [{"type": "text", "text": "Name a flower."}]}
    assert found["steps"][1:] == answered["steps"]
    assert (await door.read(answered["id"], headers=LEGACY))["outputs"][-1]["type"] == "text"


async def test_it_is_a_job_like_any_other(door: Doorway) -> None:
    answered = (await ask(door, headers={"X-Longwatch-Metadata": '{"ticket": 1}'})).json()
    [job] = (await door.api.client.get("/v1/jobs")).json()["items"]
    assert (job["status"], job["interaction_id"], job["metadata"]) == ("completed", answered["id"], {"ticket": 1})
    result = (await door.api.client.get(f"/v1/jobs/{job['id']}/result")).json()
    assert result["text"]
    events = await door.home.events((await door.home.rows("SELECT id FROM job"))[0]["id"])
    assert events == ["job.created", "job.started", "job.completed"]


async def test_a_conversation_goes_on_by_our_ids(door: Doorway) -> None:
    first = (await ask(door, "My name is Phil.")).json()
    second = (await ask(door, "What is my name?", previous_interaction_id=first["id"])).json()
    assert "Phil" in str(second["steps"])
    assert second["previous_interaction_id"] == first["id"]
    assert (await door.read(second["id"]))["previous_interaction_id"] == first["id"]


@pytest.mark.parametrize("headers", [{}, LEGACY], ids=["steps", "legacy"])
async def test_its_stream_is_passed_through_and_can_be_replayed(door: Doorway, headers: dict[str, str]) -> None:
    body = {"model": MODEL, "input": "Explain roses.", "stream": True}
    async with door.client.stream("POST", "/v1beta/interactions", json=body, headers=headers) as response:
        events = await taken(response)
    assert types(events)[-1] == "done"
    interaction_id = events[0]["interaction"]["id"]
    assert interaction_id.startswith("int_")
    assert (await door.read(interaction_id))["status"] == "completed"
    kind = "content.delta" if headers else "step.delta"
    replayed = await door.stream(interaction_id, headers=headers)
    assert [event for event in replayed if event["event_type"] == kind] == [
        event for event in events if event["event_type"] == kind
    ]


async def test_a_stream_that_the_caller_left_is_kept_all_the_same(door: Doorway) -> None:
    body = {"model": MODEL, "input": "Explain roses.", "stream": True}
    async with door.client.stream("POST", "/v1beta/interactions", json=body) as response:
        [first] = await taken(response, most=1)

    async def there() -> bool:
        answer = await door.client.get(f"/v1/interactions/{first['interaction']['id']}")
        return answer.status_code == 200 and answer.json()["status"] == "completed"

    async with working(door):
        await eventually_async(there, within=30)


async def test_functions_are_called_and_answered_within_one_job(door: Doorway) -> None:
    first = (await ask(door, "What is the weather in Paris?", tools=[WEATHER])).json()
    assert first["status"] == "requires_action"
    call = next(step for step in first["steps"] if step["type"] == "function_call")
    result = {"type": "function_result", "name": call["name"], "call_id": call["id"], "result": "Sunny."}
    second = (await ask(door, [result], tools=[WEATHER], previous_interaction_id=first["id"])).json()
    assert second["status"] == "completed"
    assert "unny" in str(second["steps"])
    [job] = (await door.api.client.get("/v1/jobs")).json()["items"]
    assert (job["status"], job["interaction_id"]) == ("completed", second["id"])
    assert (await door.read(first["id"]))["status"] == "requires_action"


async def test_legacy_history_with_calls_is_translated(door: Doorway) -> None:
    history: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "What is the weather in Paris?"}]}]
    first = (await ask(door, history, tools=[WEATHER], store=False, headers=LEGACY)).json()
    [call] = [item for item in first["outputs"] if item["type"] == "function_call"]
    result = {"type": "function_result", "name": call["name"], "call_id": call["id"], "result": "Sunny."}
    history += [{"role": "model", "content": first["outputs"]}, {"role": "user", "content": [result]}]
    second = (await ask(door, history, tools=[WEATHER], store=False, headers=LEGACY)).json()
    assert second["status"] == "completed"


async def test_what_is_not_to_be_stored_is_not(door: Doorway) -> None:
    answered = (await ask(door, store=False)).json()
    assert "id" not in answered
    assert await door.home.rows("SELECT id FROM job") == []


async def test_a_legacy_schema_is_asked_for_in_the_current_shape(door: Doorway) -> None:
    schema = {"type": "object", "properties": {"flower": {"type": "string"}}, "required": ["flower"]}
    fields = {"response_format": schema, "response_mime_type": "application/json", "headers": LEGACY}
    answered = (await ask(door, **fields)).json()
    assert '"flower"' in answered["outputs"][-1]["text"]


async def test_a_refusal_of_the_upstream_is_passed_on_as_it_is(door: Doorway) -> None:
    refused = await ask(door, colour="red")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "parameter_unknown")
    door.home.upstream.fault("create", "status", status=429, message="Slowly.")
    limited = await ask(door)
    assert limited.status_code == 429
    assert await door.home.rows("SELECT id FROM job") == []


async def test_an_unknown_predecessor_is_refused(door: Doorway) -> None:
    refused = await ask(door, previous_interaction_id="int_" + "0" * 26)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_request")


async def test_deleted_it_is_gone_upstream_too(door: Doorway) -> None:
    answered = (await ask(door)).json()
    assert (await door.client.delete(f"/v1/interactions/{answered['id']}")).json() == {}

    async def gone() -> bool:
        return bool(door.home.upstream.entries("delete"))

    async with working(door):
        await eventually_async(gone, within=20)
    assert (await door.client.get(f"/v1/interactions/{answered['id']}")).status_code == 404


async def test_an_upstream_that_does_not_answer_in_time_is_said_and_nothing_is_kept(
    database_url: str, upstream: LiveSimulator
) -> None:
    upstream.script({"op": "create", "fault": {"kind": "slow", "seconds": 3}})
    async with doorway(database_url, upstream, foreground_timeout=timedelta(seconds=0.3)) as door:
        answered = await ask(door)
        assert (answered.status_code, answered.json()["error"]["code"]) == (504, "deadline_exceeded")
        assert await door.home.rows("SELECT id FROM job") == []


async def test_an_upstream_that_is_away_is_said(database_url: str, upstream: LiveSimulator) -> None:
    async with doorway(database_url, upstream, upstream_url="http://127.0.0.1:1") as door:
        answered = await ask(door)
        assert (answered.status_code, answered.json()["error"]["code"]) == (502, "service_unavailable")
