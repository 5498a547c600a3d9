"""Reading server-sent events as the wire has them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """One event: its name and its data, which is a text for what is no JSON."""

    name: str
    data: Any

    @property
    def id(self) -> str:
        return str(self.data["event_id"])


def received(lines: Iterable[str]) -> Iterator[Received]:
    """Yield the events among *lines*; a last one without its blank line is left out, as a reader must."""
    name, data = "", ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line and data:
            yield Received(name, data if data == "[DONE]" else json.loads(data))
            name, data = "", ""


def rebuilt_steps(events: Iterable[Received]) -> list[dict[str, Any]]:
    """Put steps together from their starts and deltas, as a client of the current revision does."""
    steps: dict[int, dict[str, Any]] = {}
    for event in events:
        if event.name == "step.start":
            steps[event.data["index"]] = dict(event.data["step"])
        elif event.name == "step.delta":
            _add(steps[event.data["index"]], event.data["delta"])
    return [_finished(steps[index]) for index in sorted(steps)]


def _add(step: dict[str, Any], delta: dict[str, Any]) -> None:
    match delta:
        case {"type": "text", "text": text}:
            content = step.setdefault("content", [])
            if not content or content[-1]["type"] != "text" or "annotations" in content[-1]:
                content.append({"type": "text", "text": ""})
            content[-1]["text"] += text
        case {"type": "text_annotation_delta", "annotations": annotations}:
            step["content"][-1]["annotations"] = annotations
        case {"type": "thought_summary", "content": content}:
            step.setdefault("summary", []).append(content)
        case {"type": "arguments_delta", "arguments": piece}:
            step["arguments"] = (step["arguments"] or "") + piece
        case {"type": "image" | "audio"}:
            step["content"].append(delta)
        case _:
            step |= {name: value for name, value in delta.items() if name != "type"}


def _finished(step: dict[str, Any]) -> dict[str, Any]:
    if isinstance(step.get("arguments"), str):
        step["arguments"] = json.loads(step["arguments"])
    return step
