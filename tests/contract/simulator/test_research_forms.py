"""Plans, charts and chains: the forms that a Deep Research takes."""

import base64
from typing import Any

import pytest

from simulator.media.inspecting import inspected
from tests.support.live_simulator import LiveSimulator

TOPIC = "Study the amber trade between the Baltic coast and Aquileia."


def config(**fields: Any) -> dict[str, Any]:
    return {"type": "deep-research", **fields}


def finished(sim: LiveSimulator, prompt: str = TOPIC, **fields: Any) -> Any:
    started = sim.started(prompt, **fields)
    sim.advance(1300)
    return sim.read(started)


def text(document: Any) -> str:
    outputs = [step for step in document["steps"] if step["type"] == "model_output"]
    return "".join(item["text"] for step in outputs for item in step["content"] if item["type"] == "text")


def planned(sim: LiveSimulator, prompt: str = TOPIC, **fields: Any) -> Any:
    return finished(sim, prompt, agent_config=config(collaborative_planning=True), **fields)


def test_a_collaborative_research_first_ends_completed_with_a_plan(sim: LiveSimulator) -> None:
    plan = planned(sim)
    assert plan["status"] == "completed"
    assert text(plan).startswith("## Research plan\n\n1. ")
    assert "amber trade" in text(plan)
    assert len(text(plan)) < 1500


def test_a_plan_takes_less_time_than_a_report(sim: LiveSimulator) -> None:
    started = sim.started(TOPIC, agent_config=config(collaborative_planning=True))
    sim.advance(130)
    assert sim.read(started)["status"] == "completed"


def test_an_approved_plan_becomes_a_report_on_its_subject(sim: LiveSimulator) -> None:
    plan = planned(sim)
    report = finished(
        sim,
        "Looks good, please go ahead.",
        previous_interaction_id=plan["id"],
        agent_config=config(collaborative_planning=False),
    )
    assert text(report).startswith("# Study the amber trade")
    assert len(text(report)) > 5000
    assert "Looks good" not in text(report)


def test_a_plan_is_refined_by_what_is_said_about_it(sim: LiveSimulator) -> None:
    plan = planned(sim)
    refined = planned(sim, "Add a section on Carnuntum.", previous_interaction_id=plan["id"])
    assert "Carnuntum" not in text(plan)
    assert "Carnuntum" in text(refined)
    assert "amber trade" in text(refined)
    report = finished(sim, "Approved.", previous_interaction_id=refined["id"])
    assert "Carnuntum" in text(report)


def test_a_chart_stands_between_texts_and_hides_the_first_from_a_naive_reader(sim: LiveSimulator) -> None:
    report = finished(sim, agent_config=config(visualization="auto"))
    content = report["steps"][-1]["content"]
    assert [item["type"] for item in content] == ["text", "image", "text"]
    assert inspected(base64.b64decode(content[1]["data"]), content[1]["mime_type"]).mime_type == "image/png"
    assert "simulated" in content[2]["text"]


@pytest.mark.parametrize(
    ("prompt", "visualization", "count"),
    [(TOPIC, None, 0), (f"{TOPIC} Add charts.", None, 1), (f"{TOPIC} Add charts.", "off", 0)],
)
def test_a_chart_is_drawn_when_it_is_wanted(
    sim: LiveSimulator, prompt: str, visualization: str | None, count: int
) -> None:
    fields = {} if visualization is None else {"agent_config": config(visualization=visualization)}
    report = finished(sim, prompt, **fields)
    images = [item for step in report["steps"] for item in step.get("content", []) if item["type"] == "image"]
    assert len(images) == count


def test_the_text_of_a_report_is_the_same_with_and_without_its_chart(sim: LiveSimulator) -> None:
    drawn = finished(sim, agent_config=config(visualization="auto"))
    assert text(drawn) == text(finished(sim, agent_config=config(visualization="off")))


def test_a_research_after_another_covers_both(sim: LiveSimulator) -> None:
    first = finished(sim)
    second = finished(sim, "Compare it with the silk road.", previous_interaction_id=first["id"])
    assert "silk road" in text(second)
    assert "amber trade" in text(second)


def test_a_research_after_a_chat_knows_what_was_said_there(sim: LiveSimulator) -> None:
    chat = sim.post({"model": "gemini-2.5-flash", "input": "I breed Icelandic sheepdogs."}).json()
    report = finished(sim, "Research their history.", previous_interaction_id=chat["id"])
    assert "Icelandic sheepdogs" in text(report)


def test_a_research_reads_the_documents_it_is_given(sim: LiveSimulator) -> None:
    damaged = [{"type": "text", "text": TOPIC}, {"type": "document", "data": "aGk=", "mime_type": "application/pdf"}]
    body = {"agent": "deep-research-preview-04-2026", "background": True, "input": damaged}
    assert sim.post(body).status_code == 400


def test_a_research_takes_two_real_seconds_at_least(sim: LiveSimulator) -> None:
    started = sim.started(TOPIC)
    assert sim.read(started)["status"] == "in_progress"
    sim.advance(118)
    assert sim.read(started)["status"] == "in_progress"
