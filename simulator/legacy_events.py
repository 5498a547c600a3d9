"""Which events bring one output to a caller of the legacy revision?"""

from collections.abc import Iterator
from typing import Any

from simulator.text_pieces import pieces

LEGACY_EVENTS = {
    "created": "interaction.start",
    "status": "interaction.status_update",
    "ended": "interaction.complete",
}
Named = tuple[str, dict[str, Any]]


def legacy_content_events(index: int, content: dict[str, Any]) -> Iterator[Named]:
    """Yield the start, the deltas and the stop of one member of `outputs`."""
    yield "content.start", {"index": index, "content": _empty(content)}
    for delta in _deltas(content):
        yield "content.delta", {"index": index, "delta": delta}
    yield "content.stop", {"index": index}


def _empty(content: dict[str, Any]) -> dict[str, Any]:
    match content["type"]:
        case "text":
            return {"type": "text", "text": ""}
        case "function_call":
            return content | {"arguments": {}}
        case "mcp_server_tool_call":
            return content | {"arguments": {}}
        case kind:
            return {"type": kind}


def _deltas(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    match content["type"]:
        case "thought":
            for summary in content.get("summary", []):
                yield {"type": "thought_summary", "content": summary}
            yield {"type": "thought_signature", "signature": content.get("signature", "")}
        case "text":
            *early, last = list(pieces(content["text"])) or [""]
            yield from ({"type": "text", "text": piece} for piece in early)
            noted = {"annotations": content["annotations"]} if content.get("annotations") else {}
            yield {"type": "text", "text": last, **noted}
        case _:
            yield content
