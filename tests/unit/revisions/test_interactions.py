"""How an interaction reads in the other revision."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.revisions.interactions import current_interaction, in_revision, legacy_interaction

TEXT = {
    "type": "text",
    "text": "Roses.",
    "annotations": [
        {"type": "url_citation", "url": "https://example.com", "title": "Roses", "start_index": 0, "end_index": 5}
    ],
}
IMAGE = {"type": "image", "data": "aGk=", "mime_type": "image/png"}
STEPS = [
    {"type": "user_input", "content": [{"type": "text", "text": "What grows?"}]},
    {"type": "thought", "signature": "s", "summary": [{"type": "text", "text": "Think."}]},
    {"type": "google_search_call", "id": "g1", "arguments": {"queries": ["roses"]}, "signature": "t"},
    {"type": "google_search_result", "call_id": "g1", "result": [{"search_suggestions": "<p>", "url": "u"}]},
    {"type": "model_output", "content": [TEXT, IMAGE]},
    {"type": "function_call", "id": "c1", "name": "water", "arguments": {"litres": 2}, "signature": "z"},
]
DOCUMENT = {
    "id": "int_1",
    "object": "interaction",
    "status": "completed",
    "model": "gemini-2.5-flash",
    "created": "2026-11-22T18:00:00Z",
    "labels": {"team": "garden"},
    "steps": STEPS,
    "usage": {
        "total_thought_tokens": 5,
        "total_tokens": 9,
        "initial_input_tokens": 1,
        "input_tokens_by_modality": [{"modality": "text", "tokens": 4}, {"modality": "document", "tokens": 1}],
    },
}


def test_steps_become_outputs_without_the_input() -> None:
    legacy = legacy_interaction(DOCUMENT, "early_legacy")
    assert [output["type"] for output in legacy["outputs"]] == [
        "thought",
        "google_search_call",
        "google_search_result",
        "text",
        "image",
        "function_call",
    ]
    assert legacy["outputs"][3]["annotations"] == [{"start_index": 0, "end_index": 5, "source": "https://example.com"}]
    assert legacy["outputs"][2]["result"] == [{"rendered_content": "<p>", "url": "u"}]
    assert legacy["outputs"][5] == {"type": "function_call", "id": "c1", "name": "water", "arguments": {"litres": 2}}
    assert "steps" not in legacy
    assert "labels" not in legacy


def test_the_result_of_a_callers_function_is_input_too() -> None:
    given_back = {"type": "function_result", "call_id": "c1", "name": "water", "result": {"litres": 2}}
    legacy = legacy_interaction({**DOCUMENT, "steps": [*STEPS, given_back, STEPS[4]]}, "early_legacy")
    assert [output["type"] for output in legacy["outputs"]] == ["text", "image"]


def test_tokens_are_counted_under_the_old_names() -> None:
    assert legacy_interaction(DOCUMENT, "early_legacy")["usage"] == {
        "total_reasoning_tokens": 5,
        "total_tokens": 9,
        "input_tokens_by_modality": [{"modality": "text", "tokens": 4}],
    }


def test_later_clients_of_the_legacy_revision_count_thoughts_as_today() -> None:
    usage = legacy_interaction(DOCUMENT, "legacy")["usage"]
    assert (usage["total_thought_tokens"], "total_reasoning_tokens" in usage) == (5, False)


def test_the_role_says_whether_an_agent_or_a_model_spoke() -> None:
    assert legacy_interaction(DOCUMENT, "early_legacy")["role"] == "model"
    assert (
        legacy_interaction({"id": "i", "status": "queued", "agent": "deep-research"}, "early_legacy")["role"] == "agent"
    )


def test_a_run_that_goes_on_has_no_outputs_yet() -> None:
    assert "outputs" not in legacy_interaction(
        {"id": "i", "status": "in_progress", "model": "m", "steps": STEPS[:1]}, "early_legacy"
    )
    assert legacy_interaction({"id": "i", "status": "cancelled", "model": "m"}, "early_legacy")["outputs"] == []


def test_a_failure_is_shown_where_old_samples_look_for_it() -> None:
    document = {"id": "i", "status": "failed", "model": "m", "errors": [{"code": "safety", "message": "no"}]}
    assert legacy_interaction(document, "early_legacy")["error"] == {"code": "safety", "message": "no"}


def test_statuses_that_legacy_did_not_know_stay_as_they_are() -> None:
    assert legacy_interaction({"id": "i", "status": "budget_exceeded"}, "early_legacy")["status"] == "budget_exceeded"


def test_outputs_that_a_model_still_answers_with_become_steps() -> None:
    legacy: dict[str, Any] = {"id": "i", "status": "completed", "model": "lyria", "outputs": [TEXT]}
    legacy["usage"] = {"total_reasoning_tokens": 3}
    current = current_interaction(legacy)
    assert current["steps"] == [{"type": "model_output", "content": [TEXT]}]
    assert current["usage"] == {"total_thought_tokens": 3}
    assert "outputs" not in current


def test_what_is_current_stays_as_it_is() -> None:
    assert current_interaction(DOCUMENT) == DOCUMENT
    assert in_revision(DOCUMENT, "steps") == DOCUMENT
    assert "outputs" in in_revision(DOCUMENT, "legacy")


@given(st.lists(st.sampled_from(STEPS[1:]), max_size=8))
def test_translated_and_back_every_content_is_there_in_its_order(steps: list[dict[str, Any]]) -> None:
    there = legacy_interaction({**DOCUMENT, "steps": steps}, "early_legacy")
    back = current_interaction(there)
    assert legacy_interaction(back, "early_legacy")["outputs"] == there["outputs"]
