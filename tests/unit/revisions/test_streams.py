"""How a stream reads to a legacy client, and what a broken one still owes."""

import json
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.replay import Told, completion, opening, told_by
from longwatch.upstream.revisions.interactions import legacy_interaction
from longwatch.upstream.revisions.streams import DONE, LegacyStream, written
from tests.unit.revisions.test_interactions import DOCUMENT, STEPS

Event = dict[str, Any]


def legacy(events: Iterable[Event]) -> list[Event]:
    stream = LegacyStream("early_legacy")
    return [told for event in events for told in stream.translate(event)]


def whole(document: dict[str, Any]) -> list[Event]:
    return [*opening(document), *completion(document, Told())]


def test_a_stream_opens_and_ends_under_the_old_names() -> None:
    events = legacy(whole(DOCUMENT))
    assert [event["event_type"] for event in events[:2]] == ["interaction.start", "interaction.status_update"]
    assert events[0]["interaction"]["status"] == "in_progress"
    assert events[-1]["event_type"] == "interaction.complete"
    assert events[-1]["interaction"]["usage"]["total_reasoning_tokens"] == 5


def test_contents_are_counted_through_and_closed_before_the_next_opens() -> None:
    events = [event for event in legacy(whole(DOCUMENT)) if event["event_type"].startswith("content.")]
    opened = [event["index"] for event in events if event["event_type"] == "content.start"]
    closed = [event["index"] for event in events if event["event_type"] == "content.stop"]
    assert opened == closed == list(range(6))
    assert [event["index"] for event in events] == sorted(event["index"] for event in events)


def test_a_call_is_told_whole_once_its_arguments_are_complete() -> None:
    call = {"type": "function_call", "id": "c1", "name": "water", "arguments": {}}
    events = legacy(
        [
            {"event_type": "step.start", "index": 0, "step": call},
            {"event_type": "step.delta", "index": 0, "delta": {"type": "arguments_delta", "arguments": '{"litr'}},
            {"event_type": "step.delta", "index": 0, "delta": {"type": "arguments_delta", "arguments": 'es": 2}'}},
            {"event_type": "step.stop", "index": 0},
        ]
    )
    assert [event["event_type"] for event in events] == ["content.start", "content.delta", "content.stop"]
    assert events[1]["delta"] == {**call, "arguments": {"litres": 2}}


def test_an_unknown_event_and_an_error_are_passed_on() -> None:
    error = {"event_type": "error", "error": {"code": "gateway_timeout", "message": "cut"}}
    assert legacy([error]) == [error]


def test_an_event_is_written_with_its_type_and_its_id() -> None:
    name, data = written({"event_type": "step.stop", "index": 0}, event_id="7").decode().strip().split("\n")
    assert name == "event: step.stop"
    assert json.loads(data.removeprefix("data: ")) == {"event_type": "step.stop", "index": 0, "event_id": "7"}
    assert b"[DONE]" in DONE


def _put_together(events: Iterable[Event]) -> list[Event]:
    """Return the outputs that a legacy client makes of the events."""
    outputs: list[Event] = []
    for event in events:
        match event:
            case {"event_type": "content.start", "content": content}:
                outputs.append(dict(content))
            case {"event_type": "content.delta", "delta": {"type": "text", **delta}}:
                outputs[-1]["text"] += delta["text"]
                outputs[-1].update({name: delta[name] for name in ("annotations",) if name in delta})
            case {"event_type": "content.delta", "delta": {"type": "thought_summary", "content": content}}:
                outputs[-1].setdefault("summary", []).append(content)
            case {"event_type": "content.delta", "delta": {"type": "thought_signature", "signature": signature}}:
                outputs[-1]["signature"] = signature
            case {"event_type": "content.delta", "delta": delta}:
                outputs[-1] |= delta
    return outputs


_ANSWERS = st.lists(st.sampled_from(STEPS[1:]), max_size=6)


@given(_ANSWERS)
def test_put_together_the_events_give_the_outputs(steps: list[Event]) -> None:
    document = {**DOCUMENT, "steps": steps}
    assert _put_together(legacy(whole(document))) == legacy_interaction(document, "early_legacy")["outputs"]


def _current(events: Iterable[Event]) -> list[Event]:
    """Return what a current client makes of the events: every step with all that was said of it."""
    steps: list[Event] = []
    for event in events:
        match event:
            case {"event_type": "step.start", "step": step}:
                steps.append({"step": step, "said": []})
            case {"event_type": "step.delta", "delta": {"type": "text", "text": text}} if (
                steps[-1]["said"] and "text" in steps[-1]["said"][-1]
            ):
                steps[-1]["said"][-1]["text"] += text
            case {"event_type": "step.delta", "delta": delta}:
                steps[-1]["said"].append(dict(delta))
    return steps


@given(_ANSWERS, st.integers(0, 40))
def test_a_stream_that_broke_anywhere_is_completed_without_a_gap_or_a_repetition(steps: list[Event], cut: int) -> None:
    document = {**DOCUMENT, "steps": steps}
    events = list(completion(document, Told()))
    sent = events[: min(cut, len(events) - 1)]
    rest = list(completion(document, told_by(sent)))
    assert _current([*sent, *rest]) == _current(events)
    assert rest[-1]["event_type"] == "interaction.completed"


def test_a_text_that_broke_in_the_middle_goes_on_where_it_stopped() -> None:
    steps = [{"type": "model_output", "content": [{"type": "text", "text": "Roses are red."}]}]
    sent = [
        {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}},
        {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "Roses "}},
        {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "are"}},
    ]
    first, *_ = completion({**DOCUMENT, "steps": steps}, told_by(sent))
    assert first["delta"] == {"type": "text", "text": " red."}


def test_an_end_that_is_no_completion_is_said_before_it() -> None:
    events = whole({"id": "i", "status": "cancelled", "steps": []})
    assert [event.get("status") for event in events[-2:-1]] == ["cancelled"]
