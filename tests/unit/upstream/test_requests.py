"""Is a create body that would fail, be lost or be paid in vain refused, with the field and the remedy named?"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.requests import compose, names_receivers, normalise, told, validate, wants_json

AGENT = "deep-research-preview-04-2026"
RESEARCH = {"agent": AGENT, "input": "Research the history of the Google TPUs."}
QUESTION = {"model": "gemini-2.5-pro", "input": "Why?"}
STEPS = [{"type": "user_input", "content": [{"type": "text", "text": "Why?"}]}]
JSON_FORMAT = {"type": "text", "mime_type": "application/json", "schema": {"type": "object"}}


@pytest.mark.parametrize(
    "body",
    [
        RESEARCH,
        QUESTION,
        RESEARCH | {"background": True, "store": True, "stream": False},
        RESEARCH | {"agent_config": {"type": "deep-research", "thinking_summaries": "auto", "visualization": "off"}},
        RESEARCH | {"agent_config": {"type": "deep-research", "collaborative_planning": True}},
        RESEARCH | {"tools": [{"type": "google_search"}, {"type": "url_context"}, {"type": "code_execution"}]},
        RESEARCH | {"tools": [{"type": "file_search", "file_search_store_names": ["fileSearchStores/a"]}]},
        RESEARCH | {"tools": [{"type": "mcp_server", "name": "x", "url": "https://x", "headers": {"A": "b"}}]},
        RESEARCH | {"previous_interaction_id": "v1_a", "labels": {"team": "a"}},
        RESEARCH | {"webhook_config": {"uris": ["https://x"], "user_metadata": {"a": 1}}},
        RESEARCH | {"input": STEPS},
        RESEARCH | {"input": [{"type": "text", "text": "a"}, {"type": "document", "uri": "files/1"}]},
        RESEARCH | {"input": {"type": "text", "text": "a"}},
        {"agent": "my-own-agent", "input": "x", "agent_config": {"type": "dynamic", "anything": [1]}},
        {"agent": "antigravity-preview-09-2026", "input": "x", "environment": {"type": "remote", "env": {"A": "b"}}},
        QUESTION | {"generation_config": {"temperature": 1, "tool_choice": {"allowed_tools": {"mode": "any"}}}},
        QUESTION | {"generation_config": {"tool_choice": "auto", "thinking_level": "a level of next year"}},
        QUESTION | {"system_instruction": "Be brief.", "service_tier": "flex", "environment": "remote"},
        QUESTION | {"response_format": JSON_FORMAT},
        QUESTION | {"response_format": [JSON_FORMAT, {"type": "image", "aspect_ratio": "1:1"}]},
        QUESTION | {"tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}]},
        QUESTION | {"input": [{"type": "function_result", "call_id": "1", "result": {"a": 1}}]},
        {"model": "gemini-2.5-pro", "continuation_token": "t", "previous_interaction_id": "v1_a"},
    ],
)
def test_what_the_upstream_takes_is_taken(body: dict[str, Any]) -> None:
    assert validate(body) == []


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (QUESTION | {"agent": AGENT}, "request.agent", "conflict"),
        ({"input": "x"}, "request.agent", "missing"),
        ({"agent": "", "input": "x"}, "request.agent", "empty"),
        ({"model": "", "input": "x"}, "request.model", "empty"),
        ({"model": AGENT, "input": "x"}, "request.model", "agent_as_model"),
        ({"model": "antigravity-preview-09-2026", "input": "x"}, "request.model", "agent_as_model"),
        ({"agent": AGENT}, "request.input", "missing"),
        (RESEARCH | {"input": " \n"}, "request.input", "empty"),
        (RESEARCH | {"input": []}, "request.input", "empty"),
        (RESEARCH | {"input": 3}, "request.input", "wrong_type"),
        (RESEARCH | {"input": [*STEPS, {"type": "text", "text": "a"}]}, "request.input", "mixed"),
        (RESEARCH | {"input": [{"type": "text"}]}, "request.input[0].text", "missing"),
        (RESEARCH | {"input": [{"role": "user", "content": "x"}]}, "request.input[0]", "legacy"),
        (RESEARCH | {"background": False}, "request.background", "unsupported"),
        (RESEARCH | {"store": False}, "request.store", "conflict"),
        (RESEARCH | {"stream": True}, "request.stream", "unsupported"),
        (RESEARCH | {"background": "yes"}, "request.background", "wrong_type"),
        (RESEARCH | {"store": None}, "request.store", "wrong_type"),
        (RESEARCH | {"system_instruction": "x"}, "request.system_instruction", "unsupported"),
        (RESEARCH | {"response_format": JSON_FORMAT}, "request.response_format", "unsupported"),
        (RESEARCH | {"tools": [{"type": "function", "name": "f"}]}, "request.tools[0]", "unsupported"),
        (RESEARCH | {"generation_config": {}}, "request.generation_config", "conflict"),
        (RESEARCH | {"cached_content": "x"}, "request.cached_content", "conflict"),
        (QUESTION | {"agent_config": {"type": "dynamic"}}, "request.agent_config", "conflict"),
        (RESEARCH | {"agent_config": {}}, "request.agent_config.type", "missing"),
        (RESEARCH | {"agent_config": {"type": "deep_research"}}, "request.agent_config.type", "unknown_type"),
        (RESEARCH | {"labels": {"longwatch_job": "x"}}, "request.labels.longwatch_job", "reserved"),
        (RESEARCH | {"labels": {"team": 3}}, "request.labels.team", "wrong_type"),
        (RESEARCH | {"labels": []}, "request.labels", "wrong_type"),
        (RESEARCH | {"previous_interaction_id": 3}, "request.previous_interaction_id", "wrong_type"),
        (RESEARCH | {"promt": "x"}, "request.promt", "unknown_field"),
        (RESEARCH | {"tools": [{"type": "google_serach"}]}, "request.tools[0].type", "unknown_type"),
        (RESEARCH | {"tools": [{"type": "mcp_server"}]}, "request.tools[0].url", "missing"),
        (RESEARCH | {"tools": {"type": "google_search"}}, "request.tools", "wrong_type"),
        (RESEARCH | {"tools": ["google_search"]}, "request.tools[0]", "wrong_type"),
        (QUESTION | {"tools": [{"type": "function"}]}, "request.tools[0].name", "missing"),
        (QUESTION | {"generation_config": {"top_k": 1}}, "request.generation_config.top_k", "unknown_field"),
        (QUESTION | {"generation_config": {"seed": 1.5}}, "request.generation_config.seed", "wrong_type"),
        (QUESTION | {"generation_config": {"seed": True}}, "request.generation_config.seed", "wrong_type"),
        (QUESTION | {"generation_config": {"top_p": "1"}}, "request.generation_config.top_p", "wrong_type"),
        (QUESTION | {"response_format": {"type": "object"}}, "request.response_format", "legacy"),
        (QUESTION | {"response_format": {"properties": {}}}, "request.response_format", "legacy"),
        (QUESTION | {"response_format": "json"}, "request.response_format", "wrong_type"),
        (QUESTION | {"response_mime_type": "application/json"}, "request.response_mime_type", "legacy"),
        (RESEARCH | {"input": "a\x00b"}, "request.input", "not_text"),
        (RESEARCH | {"input": "a\ud800b"}, "request.input", "not_text"),
        (RESEARCH | {"labels": {"a\x00": "b"}}, "request.labels", "not_text"),
        (QUESTION | {"generation_config": {"top_p": float("nan")}}, "request.generation_config.top_p", "not_json"),
        ([], "request", "wrong_type"),
        (None, "request", "wrong_type"),
    ],
)
def test_what_could_not_end_well_is_refused(body: Any, field: str, code: str) -> None:
    problems = validate(body)
    assert [(problem.field, problem.code) for problem in problems] == [(field, code)]
    assert all(problem.message and problem.remedy for problem in problems)


@pytest.mark.parametrize(
    ("body", "remedy"),
    [
        (RESEARCH | {"imput": "x"}, "did you mean `input`?"),
        (RESEARCH | {"webhookConfig": {}}, "did you mean `webhook_config`?"),
        (RESEARCH | {"tools": [{"type": "google_serach"}]}, "did you mean `google_search`?"),
        (RESEARCH | {"agent_config": {"type": "deep_research"}}, "did you mean `deep-research`?"),
        (RESEARCH | {"stream": True}, '"watch": "stream"'),
        ({"model": AGENT, "input": "x"}, f'send "agent": "{AGENT}" instead'),
        (RESEARCH | {"input": [{"role": "user", "content": "x"}]}, '{"type": "user_input", "content": ['),
        (QUESTION | {"response_format": {"type": "object"}}, '"mime_type": "application/json", "schema"'),
    ],
)
def test_the_remedy_says_what_to_send_instead(body: dict[str, Any], remedy: str) -> None:
    (problem,) = validate(body)
    assert remedy in problem.remedy


def test_every_problem_is_told_at_once() -> None:
    body = {"model": "m", "agent": AGENT, "store": False, "stream": True, "imput": "x"}
    assert {problem.field for problem in validate(body)} == {
        "request.agent",
        "request.input",
        "request.imput",
        "request.store",
        "request.stream",
    }


def test_a_request_nested_without_end_is_refused() -> None:
    nest: Any = "x"
    for _ in range(500):
        nest = [nest]
    (problem,) = validate(RESEARCH | {"agent_config": {"type": "dynamic", "deep": nest}})
    assert problem.code == "too_deep"


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "role", "a"]), inner),
    max_leaves=10,
)
FIELDS = ["model", "agent", "input", "tools", "labels", "response_format", "environment", "agent_config", "store"]


@given(st.dictionaries(st.sampled_from(FIELDS), ODD) | ODD)
def test_no_body_makes_it_raise(body: Any) -> None:
    validate(body)


@given(st.dictionaries(st.sampled_from(FIELDS), ODD))
def test_what_is_accepted_can_be_written_as_bytes(body: dict[str, Any]) -> None:
    whole = RESEARCH | body
    if not validate(whole):
        assert json.loads(compose(normalise(whole), labels={})) == normalise(whole)


def test_every_job_runs_in_the_background_and_is_stored_upstream() -> None:
    assert normalise(RESEARCH) == RESEARCH | {"background": True, "store": True}


def test_our_labels_ride_along_with_the_callers() -> None:
    body = json.loads(compose(RESEARCH | {"labels": {"team": "a"}}, labels={"longwatch_job": "job_1"}))
    assert body == RESEARCH | {"labels": {"team": "a", "longwatch_job": "job_1"}}


def test_without_our_labels_the_body_is_the_callers() -> None:
    assert json.loads(compose(RESEARCH, labels={})) == RESEARCH


def test_our_address_and_metadata_ride_along_with_the_producers() -> None:
    own = {"uris": ["https://a"], "user_metadata": {"n": 1, "deep": {"m": [2]}}}
    asked = told(RESEARCH | {"webhook_config": own}, uri="https://b", metadata={"longwatch_job": "job_1"})
    assert asked["webhook_config"] == {
        "uris": ["https://a", "https://b"],
        "user_metadata": {"n": 1, "deep": {"m": [2]}, "longwatch_job": "job_1"},
    }
    assert own["uris"] == ["https://a"]
    assert validate(asked) == []


@pytest.mark.parametrize("config", [None, {}, {"user_metadata": {"a": 1}}, {"uris": []}])
def test_a_body_names_receivers_only_by_address(config: Any) -> None:
    assert not names_receivers({"webhook_config": config})
    assert names_receivers({"webhook_config": {"uris": ["https://a"]}})


def test_the_prompt_is_written_as_the_utf8_it_is() -> None:
    assert "张量处理器 🚀".encode() in compose(RESEARCH | {"input": "张量处理器 🚀"}, labels={})


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        (None, False),
        (JSON_FORMAT, True),
        ([{"type": "image"}, JSON_FORMAT], True),
        ({"type": "text", "mime_type": "text/plain"}, False),
        ("json", False),
    ],
)
def test_a_structured_answer_is_known_from_the_request(form: Any, *, wanted: bool) -> None:
    assert wants_json({"response_format": form}) is wanted
