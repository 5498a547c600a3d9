"""Whether each official SDK can stream, leave, and go on exactly where it left."""

from typing import Any

import pytest

from tests.contract.support import shapes
from tests.contract.support.clients import Client
from tests.contract.support.sdks import SdkError

RESEARCH: Any = {
    "agent": "deep-research-preview-04-2026",
    "input": "How do limpets find their way home at low tide?",
    "background": True,
    "agent_config": {"type": "deep-research", "thinking_summaries": "auto"},
}
ENDS = {"legacy": "interaction.complete", "steps": "interaction.completed"}
BEGINS = {"legacy": "interaction.start", "steps": "interaction.created"}


def kinds(events: list[Any]) -> list[str]:
    return [event["event_type"] for event in events]


def test_a_model_answers_in_pieces(client: Client) -> None:
    events = client.stream(model="gemini-2.5-flash", input="Explain the neap tide.")
    assert kinds(events)[0] == BEGINS[client.sdk.revision]
    assert kinds(events)[-1] == ENDS[client.sdk.revision]
    assert "neap tide" in shapes.streamed_text(events)
    assert events[-1]["interaction"]["usage"]["total_tokens"] > 0


def test_what_was_streamed_can_be_read(client: Client) -> None:
    events = client.stream(model="gemini-2.5-flash", input="Explain the spring tide.")
    found = client.get(events[0]["interaction"]["id"])
    assert shapes.text(found) == shapes.streamed_text(events)


def test_a_stream_ends_with_the_sentinel(client: Client) -> None:
    client.stream(model="gemini-2.5-flash", input="Name a limpet.")
    assert client.last.answer.decode().rstrip().endswith("data: [DONE]")


def test_a_research_is_streamed_to_its_end(client: Client) -> None:
    events = client.stream(**RESEARCH)
    assert kinds(events)[-1] == ENDS[client.sdk.revision]
    deltas = [event["delta"]["type"] for event in events if kinds([event])[0].endswith(".delta")]
    assert "thought_summary" in deltas
    assert "limpets" in shapes.streamed_text(events)


def test_a_stream_that_was_left_goes_on_after_the_last_event_seen(client: Client) -> None:
    seen = client.stream(take=5, **RESEARCH)
    last = next(event["event_id"] for event in reversed(seen) if event.get("event_id"))
    interaction_id = seen[0]["interaction"]["id"]
    rest = client.follow(interaction_id, last_event_id=last)
    whole = client.follow(interaction_id)
    ids = [event.get("event_id") for event in whole]
    assert rest == whole[ids.index(last) + 1 :]


def test_a_finished_research_is_replayed_from_the_start(client: Client) -> None:
    first = client.stream(**RESEARCH)
    again = client.follow(first[0]["interaction"]["id"])
    assert shapes.streamed_text(again) == shapes.streamed_text(first)
    assert kinds(again)[0] == BEGINS[client.sdk.revision]
    assert kinds(again)[-1] == ENDS[client.sdk.revision]


def test_an_unknown_interaction_cannot_be_followed(client: Client) -> None:
    with pytest.raises(SdkError) as refused:
        client.follow("v1_bm90aGluZw")
    assert refused.value.status == 404
