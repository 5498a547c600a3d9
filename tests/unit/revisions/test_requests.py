"""What a legacy create body says in the current revision."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.requests import validate
from longwatch.upstream.revisions.requests import current_request, untranslatable

SCHEMA = {"type": "object", "properties": {"flower": {"type": "string"}}, "required": ["flower"]}
ROSE = {"type": "text", "text": "What grows here?"}
PICTURE = {"type": "image", "data": "aGk=", "mime_type": "image/png"}
CALL = {"type": "function_call", "id": "c1", "name": "water", "arguments": {"litres": 2}}


def ask(**fields: Any) -> dict[str, Any]:
    return {"model": "gemini-2.5-flash", **fields}


def test_turns_become_steps_in_their_order() -> None:
    turns = [
        {"role": "user", "content": "Plan a garden."},
        {"role": "model", "content": [{"type": "thought", "signature": "s"}, {"type": "text", "text": "Roses?"}]},
        {"role": "user", "content": [ROSE, PICTURE]},
    ]
    assert current_request(ask(input=turns))["input"] == [
        {"type": "user_input", "content": [{"type": "text", "text": "Plan a garden."}]},
        {"type": "thought", "signature": "s"},
        {"type": "model_output", "content": [{"type": "text", "text": "Roses?"}]},
        {"type": "user_input", "content": [ROSE, PICTURE]},
    ]


def test_calls_and_results_in_turns_become_steps_of_their_own() -> None:
    result = {"type": "function_result", "name": "water", "call_id": "c1", "result": {"items": ["done", PICTURE]}}
    turns = [
        {"role": "user", "content": [ROSE]},
        {"role": "model", "content": [CALL]},
        {"role": "user", "content": [result, ROSE]},
    ]
    steps = current_request(ask(input=turns))["input"]
    assert [step["type"] for step in steps] == ["user_input", "function_call", "function_result", "user_input"]
    assert steps[2]["result"] == [{"type": "text", "text": "done"}, PICTURE]
    assert validate(ask(input=steps)) == []


def test_contents_beside_a_result_are_put_into_a_step() -> None:
    result = {"type": "function_result", "call_id": "c1", "result": "done"}
    steps = current_request(ask(input=[result, ROSE, PICTURE]))["input"]
    assert steps == [result, {"type": "user_input", "content": [ROSE, PICTURE]}]


@pytest.mark.parametrize(
    "given_input",
    ["Hello", [ROSE, PICTURE], ROSE, [{"type": "user_input", "content": [ROSE]}], [CALL], 7, ["a text"]],
)
def test_what_the_current_revision_takes_stays_as_it_is(given_input: Any) -> None:
    assert current_request(ask(input=given_input))["input"] == given_input


def test_one_result_alone_becomes_a_list_of_one_step() -> None:
    result = {"type": "function_result", "call_id": "c1", "result": "done"}
    assert current_request(ask(input=result))["input"] == [result]


def test_sources_of_earlier_answers_are_written_as_citations() -> None:
    notes = [
        {"start_index": 0, "end_index": 4, "source": "https://example.com"},
        {"start_index": 5, "end_index": 6, "source": "plan.pdf"},
    ]
    said = {"role": "model", "content": [{"type": "text", "text": "Roses", "annotations": notes}]}
    [step] = current_request(ask(input=[said]))["input"]
    assert step["content"][0]["annotations"] == [
        {"type": "url_citation", "url": "https://example.com", "start_index": 0, "end_index": 4},
        {"type": "file_citation", "source": "plan.pdf", "start_index": 5, "end_index": 6},
    ]


@pytest.mark.parametrize(
    ("legacy", "form"),
    [
        (
            {"response_format": SCHEMA, "response_mime_type": "application/json"},
            {"type": "text", "mime_type": "application/json", "schema": SCHEMA},
        ),
        ({"response_format": SCHEMA}, {"type": "text", "mime_type": "application/json", "schema": SCHEMA}),
        ({"response_mime_type": "text/plain"}, {"type": "text", "mime_type": "text/plain"}),
        ({"response_mime_type": "image/png"}, {"type": "image", "mime_type": "image/png"}),
        (
            {"response_format": {"type": "text", "schema": SCHEMA}, "response_mime_type": "application/json"},
            {"type": "text", "schema": SCHEMA, "mime_type": "application/json"},
        ),
        ({"response_format": {"type": "image"}}, {"type": "image"}),
        ({"response_format": [{"type": "text"}]}, [{"type": "text"}]),
    ],
)
def test_formats_are_typed(legacy: dict[str, Any], form: Any) -> None:
    body = current_request(ask(input="x", **legacy))
    assert body["response_format"] == form
    assert "response_mime_type" not in body
    assert untranslatable(ask(input="x", **legacy)) == []


def test_names_that_have_changed_are_written_anew() -> None:
    tool = {"type": "computer_use", "environment": "browser", "excludedPredefinedFunctions": ["drag"]}
    body = current_request(ask(input="x", tools=[tool], response_modalities=["IMAGE"], store=None))
    assert body["tools"] == [
        {"type": "computer_use", "environment": "browser", "excluded_predefined_functions": ["drag"]}
    ]
    assert body["response_modalities"] == ["image"]
    assert "store" not in body


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"input": [{"role": "system", "content": "x"}]}, "request.input[0].role"),
        ({"input": [{"role": "user", "content": 7}]}, "request.input[0].content"),
        ({"input": [{"role": "user", "content": "x", "name": "Ann"}]}, "request.input[0].name"),
        ({"input": {"role": "tool", "content": "x"}}, "request.input.role"),
        ({"response_format": SCHEMA, "response_mime_type": "text/x.enum"}, "request.response_mime_type"),
        ({"response_format": [{"type": "text"}], "response_mime_type": "text/plain"}, "request.response_mime_type"),
        ({"response_mime_type": 3}, "request.response_mime_type"),
    ],
)
def test_what_cannot_be_said_is_named(fields: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in untranslatable(ask(**fields))] == [field]


_CONTENTS = st.lists(
    st.sampled_from([ROSE, PICTURE, CALL, {"type": "thought", "signature": "s"}]), min_size=1, max_size=5
)
_TURNS = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["user", "model"]), "content": st.text(min_size=1) | _CONTENTS}),
    min_size=1,
    max_size=6,
)


def _texts(value: Any) -> list[Any]:
    match value:
        case {"content": str() as text}:
            return [text]
        case {"content": list() as items}:
            return [found for item in items for found in _texts(item)]
        case {"type": "text", "text": text}:
            return [text]
        case {"type": kind}:
            return [kind]
        case list():
            return [found for item in value for found in _texts(item)]
    return []


@given(_TURNS)
def test_nothing_that_turns_say_is_lost_or_reordered(turns: list[dict[str, Any]]) -> None:
    body = ask(input=turns)
    assert untranslatable(body) == []
    assert _texts(current_request(body)["input"]) == _texts(turns)


@given(_TURNS)
def test_translating_twice_is_translating_once(turns: list[dict[str, Any]]) -> None:
    once = current_request(ask(input=turns, response_format=SCHEMA))
    assert current_request(once) == once
