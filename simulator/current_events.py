"""Which events bring one step to a caller of the current revision?"""

import json
from collections.abc import Iterator
from typing import Any

from simulator.text_pieces import pieces

CURRENT_EVENTS = {
    "created": "interaction.created",
    "status": "interaction.status_update",
    "ended": "interaction.completed",
}
Named = tuple[str, dict[str, Any]]
_KEPT_AT_START = ("type", "id", "call_id", "name", "server_name", "search_type", "retrieval_type")
_NO_DELTA_FIELDS = ("id", "call_id", "search_type")


def current_step_events(index: int, step: dict[str, Any]) -> Iterator[Named]:
    """Yield the start, the deltas and the stop of *step*; put together, the deltas give the step again."""
    yield "step.start", {"index": index, "step": _empty(step)}
    for delta in _deltas(step):
        yield "step.delta", {"index": index, "delta": delta}
    yield "step.stop", {"index": index}


def _empty(step: dict[str, Any]) -> dict[str, Any]:
    match step["type"]:
        case "thought":
            return {"type": "thought"}
        case "model_output":
            return {"type": "model_output", "content": []}
        case _:
            kept = {name: step[name] for name in _KEPT_AT_START if name in step}
            empty = {name: type(step[name])() for name in ("arguments", "result") if name in step}
            return kept | ({} if step["type"] == "file_search_result" else empty)


def _deltas(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    match step["type"]:
        case "thought":
            for content in step.get("summary", []):
                yield {"type": "thought_summary", "content": content}
            yield {"type": "thought_signature", "signature": step.get("signature", "")}
        case "model_output":
            for content in step["content"]:
                yield from _content_deltas(content)
        case "function_call":
            for piece in pieces(json.dumps(step["arguments"], ensure_ascii=False), size=24):
                yield {"type": "arguments_delta", "arguments": piece}
        case _:
            yield {name: value for name, value in step.items() if name not in _NO_DELTA_FIELDS}


def _content_deltas(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if content["type"] != "text":
        yield content
        return
    for piece in pieces(content["text"]):
        yield {"type": "text", "text": piece}
    if content.get("annotations"):
        yield {"type": "text_annotation_delta", "annotations": content["annotations"]}
