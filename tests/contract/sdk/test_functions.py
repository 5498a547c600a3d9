"""Whether functions are called with arguments that fit, and their results used."""

from typing import Any

import pytest

from tests.contract.support import shapes
from tests.contract.support.clients import Client

MODEL = "gemini-2.5-flash"
DEPTH: Any = {
    "type": "function",
    "name": "sound_depth",
    "description": "Measures how deep the water is in a harbour.",
    "parameters": {
        "type": "object",
        "properties": {
            "harbour": {"type": "string", "description": "The harbour, e.g. Hull"},
            "unit": {"type": "string", "enum": ["metres", "fathoms"]},
            "repeats": {"type": "integer", "minimum": 2, "maximum": 5},
        },
        "required": ["harbour", "unit", "repeats"],
    },
}
BUOY: Any = {
    "type": "function",
    "name": "light_buoy",
    "description": "Switches the light of a buoy.",
    "parameters": {
        "type": "object",
        "properties": {"buoy": {"type": "string"}, "lit": {"type": "boolean"}},
        "required": ["buoy", "lit"],
    },
}
QUESTION = "How deep is the water in Grimsby?"


def asked(client: Client, **fields: Any) -> Any:
    return client.create(**{"model": MODEL, "input": QUESTION, "tools": [DEPTH], **fields})


def result(call: Any, said: Any) -> dict[str, Any]:
    return {"type": "function_result", "name": call["name"], "call_id": call["id"], "result": said}


def test_a_call_fits_its_schema(client: Client) -> None:
    answer = asked(client)
    (call,) = shapes.of_type(answer, "function_call")
    assert answer["status"] == "requires_action"
    assert call["name"] == "sound_depth"
    assert call["arguments"]["harbour"] == "Grimsby"
    assert call["arguments"]["unit"] in {"metres", "fathoms"}
    assert 2 <= call["arguments"]["repeats"] <= 5


def test_a_result_given_by_the_id_is_used(client: Client) -> None:
    answer = asked(client)
    (call,) = shapes.of_type(answer, "function_call")
    told = client.create(
        model=MODEL,
        previous_interaction_id=answer["id"],
        input=[result(call, "It is 8.25 metres deep.")],
        tools=[DEPTH],
    )
    assert told["status"] == "completed"
    assert "8.25" in shapes.text(told)


def test_a_result_that_is_an_object_is_used(client: Client) -> None:
    answer = asked(client)
    (call,) = shapes.of_type(answer, "function_call")
    told = client.create(model=MODEL, previous_interaction_id=answer["id"], input=[result(call, {"depth": 9.75})])
    assert "9.75" in shapes.text(told)


def test_a_result_told_with_its_history_is_used(client: Client) -> None:
    answer = asked(client)
    (call,) = shapes.of_type(answer, "function_call")
    before = shapes.history(client, ("user", QUESTION))
    given = result(call, "It is 7.5 metres deep.")
    if client.legacy:
        turns = [{"role": "model", "content": answer["outputs"]}, {"role": "user", "content": [given]}]
    else:
        turns = [call, given]
    assert "7.5" in shapes.text(client.create(model=MODEL, input=before + turns, tools=[DEPTH]))


def test_two_functions_asked_for_at_once_are_called_at_once(client: Client) -> None:
    answer = asked(client, input="Sound the depth in Grimsby and switch on the buoy Humber-3.", tools=[DEPTH, BUOY])
    calls = {call["name"]: call for call in shapes.of_type(answer, "function_call")}
    assert set(calls) == {"sound_depth", "light_buoy"}
    assert len({call["id"] for call in calls.values()}) == 2
    results = [result(calls["sound_depth"], "6.5 metres"), result(calls["light_buoy"], "the buoy is lit")]
    told = client.create(model=MODEL, previous_interaction_id=answer["id"], input=results)
    assert "6.5 metres" in shapes.text(told)
    assert "the buoy is lit" in shapes.text(told)


def test_no_function_is_called_that_may_not_be(client: Client) -> None:
    answer = asked(client, generation_config={"tool_choice": "none"})
    assert not shapes.of_type(answer, "function_call")
    assert shapes.text(answer)


def test_a_function_is_called_that_must_be(client: Client) -> None:
    answer = asked(client, input="Good morning.", generation_config={"tool_choice": "any"})
    assert shapes.of_type(answer, "function_call")


def test_a_call_can_be_streamed(client: Client) -> None:
    events = client.stream(model=MODEL, input=QUESTION, tools=[DEPTH])
    (call,) = shapes.of_type(client.get(events[0]["interaction"]["id"]), "function_call")
    assert call["arguments"]["harbour"] == "Grimsby"
    assert events[-1]["interaction"]["status"] == "requires_action"


@pytest.mark.parametrize("unknown", ["call_that_never_was"])
def test_a_result_for_a_call_that_never_was_is_refused_or_ignored(client: Client, unknown: str) -> None:
    answer = asked(client)
    (call,) = shapes.of_type(answer, "function_call")
    told = client.create(model=MODEL, previous_interaction_id=answer["id"], input=[result(call, f"{unknown} at 3.5")])
    assert "3.5" in shapes.text(told)
