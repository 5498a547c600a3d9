"""What a caller sees of an interaction, from its creation to its deletion."""

import base64
from itertools import pairwise
from typing import Any

import pytest

from tests.support.live_simulator import PROMPT, LiveSimulator

WHOLE_RUN = 1300


def thoughts(document: dict[str, Any]) -> list[str]:
    return [step["summary"][0]["text"] for step in document["steps"] if step["type"] == "thought"]


def outputs(document: dict[str, Any]) -> list[str]:
    return [step["content"][0]["text"] for step in document["steps"] if step["type"] == "model_output"]


def test_a_background_create_answers_at_once_with_a_running_interaction_and_no_steps(sim: LiveSimulator) -> None:
    created = sim.research(labels={"job": "7"}).json()
    assert created["status"] == "in_progress"
    assert created["steps"] == []
    assert created["object"] == "interaction"
    assert created["agent"] == "deep-research-preview-04-2026"
    assert created["labels"] == {"job": "7"}
    assert "usage" not in created


def test_an_id_is_v1_and_base64url_of_one_token_twice(sim: LiveSimulator) -> None:
    token = sim.started().removeprefix("v1_")
    message = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert message[:2] == b"\x0a\x17"
    assert message[25:27] == b"\x12\x17"
    assert message[2:25] == message[27:]


def test_ids_do_not_repeat(sim: LiveSimulator) -> None:
    assert len({sim.started() for _ in range(20)}) == 20


@pytest.mark.parametrize("prefix", ["v1", "v1beta"])
def test_both_prefixes_serve_the_same_interaction(sim: LiveSimulator, prefix: str) -> None:
    started = sim.started()
    assert sim.http.get(f"/{prefix}/interactions/{started}").json() == sim.read(started)


def test_a_read_begins_with_what_the_user_said(sim: LiveSimulator) -> None:
    first = sim.read(sim.started())["steps"][0]
    assert first == {"type": "user_input", "content": [{"type": "text", "text": PROMPT}]}


def test_a_read_can_include_the_input_and_accepts_stream_false(sim: LiveSimulator) -> None:
    started = sim.started()
    assert sim.read(started, "?include_input=true&stream=false")["input"] == PROMPT
    assert "input" not in sim.read(started, "?stream=false")


def test_thoughts_grow_while_it_runs_and_stay(sim: LiveSimulator) -> None:
    sim.life(run_seconds=600, thoughts=4)
    started = sim.started()
    seen = []
    for _ in range(4):
        sim.advance(125)
        seen.append(thoughts(sim.read(started)))
    assert [len(texts) for texts in seen] == [1, 2, 3, 4]
    assert all(later[: len(earlier)] == earlier for earlier, later in pairwise(seen))
    assert all("Google TPUs" in text or "history" in text or "202" in text for text in seen[-1])


def test_thoughts_have_no_summary_if_none_were_wanted(sim: LiveSimulator) -> None:
    started = sim.started(agent_config={"type": "deep-research", "thinking_summaries": "none"})
    sim.advance(WHOLE_RUN)
    steps = [step for step in sim.read(started)["steps"] if step["type"] == "thought"]
    assert steps
    assert all("summary" not in step for step in steps)


def test_updated_stands_still_until_the_end(sim: LiveSimulator) -> None:
    sim.life(run_seconds=600)
    started = sim.started()
    sim.advance(300)
    running = sim.read(started)
    sim.advance(400)
    done = sim.read(started)
    assert running["updated"] == running["created"] == done["created"]
    assert done["updated"] > done["created"]
    assert done["created"].endswith("Z")


def test_a_research_completes_within_twenty_minutes_and_not_within_two(sim: LiveSimulator) -> None:
    started = sim.started()
    sim.advance(119)
    assert sim.read(started)["status"] == "in_progress"
    sim.advance(WHOLE_RUN)
    assert sim.read(started)["status"] == "completed"


def test_a_background_model_takes_between_5_and_40_seconds(sim: LiveSimulator) -> None:
    body = {"model": "gemini-3-flash-preview", "input": "Why is the sky blue?", "background": True}
    started = sim.post(body).json()["id"]
    sim.advance(4)
    assert sim.read(started)["status"] == "in_progress"
    sim.advance(40)
    done = sim.read(started)
    assert done["status"] == "completed"
    assert "sky blue" in outputs(done)[0]


def test_a_foreground_model_answers_inline_without_echoing_the_input(sim: LiveSimulator) -> None:
    answer = sim.post({"model": "gemini-2.5-flash", "input": "Tell me about tidal energy."}).json()
    assert answer["status"] == "completed"
    assert [step["type"] for step in answer["steps"]] == ["model_output"]
    assert "tidal energy" in outputs(answer)[0]
    assert sim.read(answer["id"])["steps"][0]["type"] == "user_input"


def test_what_is_not_stored_has_no_id(sim: LiveSimulator) -> None:
    answer = sim.post({"model": "gemini-2.5-flash", "input": "hello there", "store": False}).json()
    assert answer["status"] == "completed"
    assert "id" not in answer


def test_a_finished_research_reports_realistic_usage(sim: LiveSimulator) -> None:
    started = sim.started()
    sim.advance(WHOLE_RUN)
    usage = sim.read(started)["usage"]
    assert 150_000 < usage["total_input_tokens"] < 350_000
    assert 0.5 <= usage["total_cached_tokens"] / usage["total_input_tokens"] <= 0.7
    parts = ("total_input_tokens", "total_output_tokens", "total_thought_tokens")
    assert usage["total_tokens"] == sum(usage[part] for part in parts)
    assert usage["grounding_tool_count"][0]["type"] == "google_search"


def test_the_last_run_of_text_is_not_the_whole_report(sim: LiveSimulator) -> None:
    started = sim.started()
    sim.advance(WHOLE_RUN)
    kinds = [step["type"] for step in sim.read(started)["steps"]]
    first, last = kinds.index("model_output"), len(kinds) - 1
    assert kinds.count("model_output") >= 3
    assert "google_search_result" in kinds[first:last]
    assert kinds[last] == "model_output"


def test_cancel_stops_a_running_interaction_and_keeps_its_thoughts(sim: LiveSimulator) -> None:
    sim.life(run_seconds=600, thoughts=4)
    started = sim.started()
    sim.advance(300)
    assert sim.cancel(started).json()["status"] == "cancelled"
    document = sim.read(started)
    assert document["status"] == "cancelled"
    assert len(thoughts(document)) == 2
    assert outputs(document) == []


def test_cancel_of_a_finished_interaction_is_a_failed_precondition(sim: LiveSimulator) -> None:
    started = sim.started()
    sim.advance(WHOLE_RUN)
    refused = sim.cancel(started)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "failed_precondition"
    assert sim.read(started)["status"] == "completed"


def test_cancel_of_a_foreground_interaction_is_a_failed_precondition(sim: LiveSimulator) -> None:
    answer = sim.post({"model": "gemini-2.5-flash", "input": "hello"}).json()
    assert sim.cancel(answer["id"]).status_code == 400


def test_delete_hides_an_interaction_but_does_not_stop_it(sim: LiveSimulator) -> None:
    started = sim.started()
    assert sim.delete(started).json() == {}
    assert sim.get(started).status_code == 404
    assert sim.delete(started).status_code == 404
    sim.advance(WHOLE_RUN)
    assert sim.ledger()["interactions"][0]["status"] == "completed"


def test_an_unknown_id_and_an_unknown_path_are_not_found(sim: LiveSimulator) -> None:
    assert sim.get("v1_nothing").json()["error"]["code"] == "not_found"
    assert sim.http.get("/v1/elsewhere").json()["error"]["status"] == "NOT_FOUND"
