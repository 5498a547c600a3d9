"""What does a stream say to a legacy client? Steps become contents, each opened, filled and closed in turn."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from longwatch.upstream.document import objects, parse_any
from longwatch.upstream.revisions.annotations import legacy_annotation, objects_of
from longwatch.upstream.revisions.contents import CONTENT_TYPES, legacy_content, legacy_member
from longwatch.upstream.revisions.interactions import Legacy, legacy_interaction

Event = dict[str, Any]

_INTERACTIONS: Final = {"interaction.created": "interaction.start", "interaction.completed": "interaction.complete"}
_UNSEEN: Final = frozenset({"user_input", "file_search_call"})
_CALL_START: Final = ("type", "id", "name", "server_name")
_CALLS: Final = frozenset({"function_call", "mcp_server_tool_call"})


@dataclass(slots=True)
class LegacyStream:
    """Translates the events of one stream, in their order and from its first one on."""

    revision: Legacy
    _index: int = 0
    _open: str | None = None
    _step: dict[str, Any] = field(default_factory=dict)
    _arguments: str = ""

    def translate(self, event: Mapping[str, Any]) -> list[Event]:
        """Return the legacy events that say what *event* says; none while there is nothing to say."""
        match event.get("event_type"):
            case "interaction.created" | "interaction.completed" as kind:
                summary = _summary(_object(event.get("interaction")), self.revision)
                return [{"event_type": _INTERACTIONS[kind], "interaction": summary}]
            case "interaction.status_update":
                names = ("event_type", "interaction_id", "status")
                return [{name: event[name] for name in names if name in event}]
            case "step.start":
                return list(self._start(_object(event.get("step"))))
            case "step.delta":
                return list(self._delta(_object(event.get("delta"))))
            case "step.stop":
                return list(self._stop())
        return [dict(event)]

    def _start(self, step: dict[str, Any]) -> Iterator[Event]:
        self._step, self._arguments = step, ""
        match step.get("type"):
            case "model_output":
                for item in objects(step.get("content")):
                    yield from self._message(item)
            case "thought":
                yield self._opened({"type": "thought"})
                for content in objects(step.get("summary")):
                    yield self._filled({"type": "thought_summary", "content": content})
            case kind if kind not in _UNSEEN:
                yield self._opened(_beginning(step))

    def _delta(self, delta: dict[str, Any]) -> Iterator[Event]:
        match self._step.get("type"):
            case "model_output":
                yield from self._message(delta)
            case "thought":
                yield self._filled(delta)
            case kind if kind not in _UNSEEN:
                self._gather(delta)

    def _stop(self) -> Iterator[Event]:
        kind = self._step.get("type")
        if kind not in _UNSEEN | {"model_output", "thought"}:
            yield self._filled(legacy_member(self._gathered()))
        yield from self._closed()
        self._step = {}

    def _message(self, delta: dict[str, Any]) -> Iterator[Event]:
        """Fill the content that is open, or close it and open the next one."""
        kind = delta.get("type")
        if kind == "text_annotation_delta":
            notes = [legacy_annotation(note) for note in objects_of(delta)]
            kind, delta = "text", {"type": "text", "text": "", "annotations": notes}
        if kind not in CONTENT_TYPES:
            return
        if kind != self._open or kind == "image":
            yield from self._closed()
            yield self._opened({"type": kind, **({"text": ""} if kind == "text" else {})})
        yield self._filled(legacy_content(delta))

    def _gather(self, delta: dict[str, Any]) -> None:
        if delta.get("type") == "arguments_delta":
            self._arguments += str(delta.get("arguments", ""))
        else:
            self._step = {**self._step, **delta}

    def _gathered(self) -> dict[str, Any]:
        said = parse_any(self._arguments) if self._arguments else None
        return {**self._step, "arguments": said} if isinstance(said, dict) else self._step

    def _opened(self, content: dict[str, Any]) -> Event:
        self._open = str(content["type"])
        return {"event_type": "content.start", "index": self._index, "content": content}

    def _filled(self, delta: dict[str, Any]) -> Event:
        return {"event_type": "content.delta", "index": self._index, "delta": delta}

    def _closed(self) -> Iterator[Event]:
        if self._open is not None:
            yield {"event_type": "content.stop", "index": self._index}
            self._open, self._index = None, self._index + 1


def written(event: Mapping[str, Any], *, event_id: str) -> bytes:
    """Return *event* as server-sent bytes that carry *event_id*, from which a stream is taken up again."""
    data = json.dumps({**event, "event_id": event_id}, ensure_ascii=False, separators=(",", ":"))
    return f"event: {event['event_type']}\ndata: {data}\n\n".encode(errors="replace")


DONE: Final = b"event: done\ndata: [DONE]\n\n"


def _beginning(step: dict[str, Any]) -> dict[str, Any]:
    if step.get("type") in _CALLS:
        return {name: step[name] for name in _CALL_START if name in step} | {"arguments": {}}
    return {"type": step.get("type")}


def _summary(interaction: Mapping[str, Any], revision: Legacy) -> dict[str, Any]:
    legacy = legacy_interaction(interaction, revision)
    return legacy if legacy.get("outputs") else {name: value for name, value in legacy.items() if name != "outputs"}


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
