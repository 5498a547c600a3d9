"""Whether the research agent plans, thinks aloud, cites and draws when asked to."""

from typing import Any

import pytest

from tests.contract.sdk.test_background import AGENT, ended
from tests.contract.support import shapes
from tests.contract.support.clients import Client


def research(client: Client, topic: str, **config: Any) -> Any:
    asked = {"agent": AGENT, "input": topic, "background": True}
    created = client.create(**asked, agent_config={"type": "deep-research", **config})
    return ended(client, created["id"])


def needs_current_shapes(client: Client) -> None:
    if client.legacy:
        pytest.skip("the older SDKs were made before this field")


def test_thoughts_are_summed_up_when_asked_for(client: Client) -> None:
    done = research(client, "Report on kelp.", thinking_summaries="auto")
    assert any(thought.get("summary") for thought in shapes.of_type(done, "thought"))


def test_thoughts_are_not_summed_up_when_not_asked_for(client: Client) -> None:
    done = research(client, "Report on kelp.", thinking_summaries="none")
    assert not any(thought.get("summary") for thought in shapes.of_type(done, "thought"))


def test_a_report_cites_what_it_says_by_bytes(client: Client) -> None:
    done = research(client, "Report on the Øresund bridge.", thinking_summaries="none")
    cited = [text for text in shapes.of_type(done, "text") if text.get("annotations")]
    assert cited
    for text in cited:
        size = len(text["text"].encode())
        assert all(0 <= each["start_index"] < each["end_index"] <= size for each in text["annotations"])


def test_a_plan_comes_first_and_the_report_once_it_is_approved(client: Client) -> None:
    needs_current_shapes(client)
    plan = research(client, "Report on oyster beds.", collaborative_planning=True)
    assert plan["status"] == "completed"
    assert "plan" in shapes.text(plan).lower()
    going_on = {"agent": AGENT, "background": True, "previous_interaction_id": plan["id"]}
    config = {"type": "deep-research", "collaborative_planning": False}
    report = ended(client, client.create(input="I approve.", agent_config=config, **going_on)["id"])
    assert "oyster beds" in shapes.text(report)
    assert len(shapes.text(report)) > len(shapes.text(plan))


def test_a_picture_stands_between_texts_when_asked_for(client: Client) -> None:
    needs_current_shapes(client)
    done = research(client, "Report on oyster prices with a chart.", visualization="auto")
    kinds = [item["type"] for item in shapes.items(done) if item["type"] in {"text", "image"}]
    assert "image" in kinds[1:-1]


def test_labels_come_back(client: Client) -> None:
    needs_current_shapes(client)
    created = client.create(agent=AGENT, input="Report on eelgrass.", background=True, labels={"ward": "north"})
    assert client.get(created["id"])["labels"]["ward"] == "north"


def test_the_input_is_shown_when_asked_for(client: Client) -> None:
    needs_current_shapes(client)
    created = client.create(agent=AGENT, input="Report on eelgrass.", background=True)
    assert "eelgrass" in str(client.get(created["id"], include_input=True)["input"])
