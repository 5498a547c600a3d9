"""Which creates are refused, and in which words."""

from typing import Any

import pytest

from simulator.answers import ApiError
from simulator.validation import validate
from tests.support.live_simulator import RESEARCHER, LiveSimulator

MODEL = {"model": "gemini-2.5-flash", "input": "hello"}
RESEARCH = {"agent": RESEARCHER, "background": True, "input": "hello"}
FUNCTION = {"type": "function", "name": "look_up"}

REFUSED: dict[str, tuple[Any, int, str]] = {
    "no object": ([], 400, "invalid_request"),
    "unknown field": (MODEL | {"colour": 1}, 400, "parameter_unknown"),
    "neither model nor agent": ({"input": "x"}, 400, "invalid_request"),
    "both model and agent": (MODEL | RESEARCH, 400, "invalid_request"),
    "agent as model": ({"model": RESEARCHER, "input": "x"}, 400, "invalid_request"),
    "model as agent": ({"agent": "gemini-2.5-pro", "input": "x", "background": True}, 400, "invalid_request"),
    "unknown model": ({"model": "gpt-5", "input": "x"}, 404, "model_not_found"),
    "no input": ({"model": "gemini-2.5-flash"}, 400, "invalid_request"),
    "input item without type": (MODEL | {"input": [{"text": "x"}]}, 400, "invalid_request"),
    "wrong type": (MODEL | {"background": "yes"}, 400, "invalid_request"),
    "label that is no text": (MODEL | {"labels": {"a": 1}}, 400, "invalid_request"),
    "tool without type": (MODEL | {"tools": [{}]}, 400, "invalid_request"),
    "background without store": (MODEL | {"background": True, "store": False}, 400, "invalid_request"),
    "foreground research": ({"agent": RESEARCHER, "input": "x"}, 400, "invalid_request"),
    "research with system instruction": (RESEARCH | {"system_instruction": "be brief"}, 400, "invalid_request"),
    "research with functions": (RESEARCH | {"tools": [FUNCTION]}, 400, "invalid_request"),
    "research with response format": (RESEARCH | {"response_format": {"type": "text"}}, 400, "invalid_request"),
    "agent with generation config": (RESEARCH | {"generation_config": {"seed": 1}}, 400, "invalid_request"),
    "model with agent config": (MODEL | {"agent_config": {"type": "dynamic"}}, 400, "invalid_request"),
    "webhook without background": (MODEL | {"webhook_config": {"uris": ["http://a"]}}, 400, "invalid_request"),
    "webhook without uris": (RESEARCH | {"webhook_config": {}}, 400, "invalid_request"),
    "tool of no kind": (MODEL | {"tools": [{"type": "hammer"}]}, 400, "invalid_request"),
    "function without name": (MODEL | {"tools": [{"type": "function"}]}, 400, "invalid_request"),
    "MCP server without url": (MODEL | {"tools": [{"type": "mcp_server"}]}, 400, "invalid_request"),
    "computer use": (MODEL | {"tools": [{"type": "computer_use"}]}, 501, "unimplemented"),
    "video output": (MODEL | {"response_modalities": ["VIDEO"]}, 501, "unimplemented"),
    "modality of no kind": (MODEL | {"response_modalities": ["smell"]}, 400, "invalid_request"),
    "unknown knob": (MODEL | {"generation_config": {"heat": 1}}, 400, "parameter_unknown"),
    "knob of wrong type": (MODEL | {"generation_config": {"seed": "x"}}, 400, "invalid_request"),
    "no token at all": (MODEL | {"generation_config": {"max_output_tokens": 0}}, 400, "invalid_request"),
    "level of no kind": (MODEL | {"generation_config": {"thinking_level": "deep"}}, 400, "invalid_request"),
    "choice of no kind": (MODEL | {"generation_config": {"tool_choice": "maybe"}}, 400, "invalid_request"),
    "continuation of nothing": (MODEL | {"continuation_token": "ct_v1_x"}, 400, "invalid_request"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_create_is_refused_in_the_services_words(sim: LiveSimulator, case: str) -> None:
    body, status, code = REFUSED[case]
    answer = sim.post(body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    entry = sim.entries("create")[0]
    assert (entry["accepted"], entry["answered"], entry["status"], entry["id"]) == (False, True, status, None)


@pytest.mark.parametrize(
    "body",
    [
        MODEL,
        MODEL | {"tools": [{"type": "google_search"}], "generation_config": {"temperature": 0}},
        MODEL | {"background": True},
        MODEL | {"input": [{"role": "user", "content": "hello"}]},
        RESEARCH | {"agent_config": {"type": "deep-research", "thinking_summaries": "auto"}},
        RESEARCH | {"webhook_config": {"uris": ["http://127.0.0.1:1"], "user_metadata": {"a": "b"}}},
        RESEARCH | {"agent": "my-own-agent"},
        {"agent": "antigravity-preview-09-2026", "input": "x"},
    ],
)
def test_what_the_service_takes_is_taken(body: dict[str, Any]) -> None:
    assert validate(body) is body


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(ApiError, match="'colour'"):
        validate(MODEL | {"colour": 1})


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 100_000, b"\xff"])
def test_a_body_that_is_no_json_is_refused(sim: LiveSimulator, content: bytes) -> None:
    answer = sim.http.post("/v1/interactions", content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"


def test_text_in_legacy_turns_is_dropped_in_silence(sim: LiveSimulator) -> None:
    turns = [{"role": "user", "content": "volcanoes"}]
    answer = sim.post(MODEL | {"input": turns})
    assert answer.status_code == 200
    assert "volcanoes" not in answer.text
    legacy = sim.post(MODEL | {"input": turns}, headers={"Api-Revision": "2026-05-07"})
    assert "volcanoes" in legacy.text


def test_a_predecessor_must_exist_and_have_ended(sim: LiveSimulator) -> None:
    unknown = sim.research(previous_interaction_id="v1_nothing")
    running = sim.started()
    unfinished = sim.research(previous_interaction_id=running)
    sim.advance(1300)
    fine = sim.research(previous_interaction_id=running)
    assert (unknown.status_code, unfinished.status_code, fine.status_code) == (404, 400, 200)
    assert fine.json()["previous_interaction_id"] == running


@pytest.mark.parametrize(
    ("key", "status"),
    [("", 401), ("bad-key", 401), ("invalid-key", 400), ("blocked-key", 403), ("quota-zero-key", 429)],
)
def test_keys_that_stand_for_trouble_are_refused(sim: LiveSimulator, key: str, status: int) -> None:
    answer = sim.post(RESEARCH, headers={"x-goog-api-key": key})
    assert answer.status_code == status
    assert sim.entries("create")[0]["accepted"] is False


def test_a_quota_of_none_is_an_array_that_says_limit_0(sim: LiveSimulator) -> None:
    error = sim.post(RESEARCH, headers={"x-goog-api-key": "quota-zero-key"}).json()[0]["error"]
    assert error["status"] == "RESOURCE_EXHAUSTED"
    assert error["message"].endswith("limit: 0")


def test_a_key_may_come_in_the_query(sim: LiveSimulator) -> None:
    started = sim.started()
    assert sim.get(started, "?key=another", headers={"x-goog-api-key": ""}).status_code == 200


def test_partial_answers_are_refused(sim: LiveSimulator) -> None:
    started = sim.started()
    assert sim.get(started, "?fields=status").status_code == 400
    assert sim.get(started, headers={"X-Goog-FieldMask": "status"}).status_code == 400
    assert sim.get(started, "?fields=*").status_code == 200
