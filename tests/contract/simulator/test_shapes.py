"""How one interaction looks in the two revisions."""

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.config import SimulatorConfig
from tests.support.live_simulator import LiveSimulator, simulator_running

LEGACY = {"Api-Revision": "2026-05-07"}
CURRENT = {"Api-Revision": "2026-05-20"}


@pytest.fixture(scope="module")
def legacy_sim() -> Iterator[LiveSimulator]:
    with simulator_running(SimulatorConfig(default_revision="legacy")) as live:
        yield live


def finished(sim: LiveSimulator) -> str:
    sim.life(run_seconds=1)
    started = sim.started("比较中国与日本的养老金制度 pension reform")
    sim.advance(2)
    return started


def texts(items: list[dict[str, Any]]) -> str:
    return "".join(item["text"] for item in items if item["type"] == "text")


def test_legacy_outputs_hold_the_same_text_as_the_steps(sim: LiveSimulator) -> None:
    started = finished(sim)
    current, legacy = sim.read(started), sim.read(started, headers=LEGACY)
    contents = [item for step in current["steps"] if step["type"] == "model_output" for item in step["content"]]
    assert texts(legacy["outputs"]) == texts(contents)
    assert "steps" not in legacy


def test_legacy_outputs_leave_the_input_out_and_keep_thoughts_and_searches(sim: LiveSimulator) -> None:
    kinds = [item["type"] for item in sim.read(finished(sim), headers=LEGACY)["outputs"]]
    assert set(kinds) == {"thought", "google_search_call", "google_search_result", "text"}


def test_legacy_annotations_have_a_source_and_byte_offsets(sim: LiveSimulator) -> None:
    outputs = sim.read(finished(sim), headers=LEGACY)["outputs"]
    item = next(item for item in outputs if item.get("annotations"))
    note = item["annotations"][0]
    assert set(note) == {"start_index", "end_index", "source"}
    cited = item["text"].encode()[note["start_index"] : note["end_index"]].decode()
    assert cited.endswith("。")


def test_current_citations_point_at_bytes_of_the_text_on_the_wire(sim: LiveSimulator) -> None:
    for step in sim.read(finished(sim))["steps"]:
        for item in step.get("content", []):
            for note in item.get("annotations", []):
                assert note["type"] == "url_citation"
                assert item["text"].encode()[note["start_index"] : note["end_index"]].decode().endswith("。")


def test_legacy_usage_calls_thoughts_reasoning(sim: LiveSimulator) -> None:
    usage = sim.read(finished(sim), headers=LEGACY)["usage"]
    assert "total_reasoning_tokens" in usage
    assert "total_thought_tokens" not in usage


def test_legacy_outputs_are_absent_while_it_runs(sim: LiveSimulator) -> None:
    sim.life(run_seconds=600)
    started = sim.started()
    sim.advance(300)
    running = sim.read(started, headers=LEGACY)
    assert running["status"] == "in_progress"
    assert running["role"] == "agent"
    assert not {"outputs", "steps"} & running.keys()


def test_the_role_of_a_model_is_model(sim: LiveSimulator) -> None:
    answer = sim.post({"model": "gemini-2.5-flash", "input": "tea"}, headers=LEGACY).json()
    assert answer["role"] == "model"


def test_an_unknown_revision_gets_the_default(sim: LiveSimulator) -> None:
    assert "steps" in sim.read(finished(sim), headers={"Api-Revision": "2031-01-01"})


def test_a_legacy_simulator_answers_legacy_unless_asked_for_steps(legacy_sim: LiveSimulator) -> None:
    started = finished(legacy_sim)
    assert "outputs" in legacy_sim.read(started)
    assert "steps" in legacy_sim.read(started, headers=CURRENT)


def test_a_prompt_that_utf8_cannot_hold_is_echoed_escaped(sim: LiveSimulator) -> None:
    content = b'{"model":"gemini-2.5-flash","background":true,"input":"tea \\ud800 \\u0000"}'
    started = sim.http.post("/v1/interactions", content=content).json()["id"]
    assert b"\\ud800" in sim.get(started).content
