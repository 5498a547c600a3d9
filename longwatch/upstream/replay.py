"""Which events would have told an interaction? All of them, or those that a broken stream still owes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from longwatch.upstream.document import objects
from longwatch.upstream.revisions.contents import generated

Event = dict[str, Any]

_AT_START: Final = ("type", "id", "call_id", "name", "server_name", "search_type", "retrieval_type")
_NOT_IN_DELTA: Final = frozenset({"id", "call_id", "search_type", "retrieval_type"})
_HEAD: Final = ("id", "object", "created", "agent", "model")
# What the SDKs' models of a stream's interaction know, and why it failed.
_IN_SUMMARY: Final = (*_HEAD, "status", "updated", "usage", "service_tier", "continuation_token", "errors")


@dataclass(slots=True)
class Told:
    """What a stream has said already: which steps it began and closed, and the deltas of the one that is open."""

    begun: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    deltas: dict[int, list[Event]] = field(default_factory=dict)

    def add(self, event: Mapping[str, Any]) -> None:
        """Take note of *event*."""
        index = event.get("index")
        if not isinstance(index, int):
            return
        match event.get("event_type"):
            case "step.start":
                self.begun.add(index)
            case "step.delta":
                self.deltas.setdefault(index, []).append(event.get("delta") or {})
            case "step.stop":
                self.closed.add(index)
                self.deltas.pop(index, None)


def told_by(events: Iterable[Mapping[str, Any]]) -> Told:
    """Return what *events* have told."""
    told = Told()
    for event in events:
        told.add(event)
    return told


def opening(document: Mapping[str, Any]) -> list[Event]:
    """Return the events that every stream begins with."""
    head = {name: document[name] for name in _HEAD if name in document}
    started = {**head, "status": "in_progress", "updated": document.get("created")}
    return [
        {"event_type": "interaction.created", "interaction": started},
        {"event_type": "interaction.status_update", "interaction_id": document["id"], "status": "in_progress"},
    ]


def completion(document: Mapping[str, Any], told: Told) -> Iterator[Event]:
    """Yield what a stream that has *told* so much still owes about the ended interaction in *document*."""
    for index, step in enumerate(generated(objects(document.get("steps")))):
        yield from _owed(index, step, told)
    status = document.get("status")
    if status != "completed":
        yield {"event_type": "interaction.status_update", "interaction_id": document["id"], "status": status}
    yield {"event_type": "interaction.completed", "interaction": summary(document)}


def summary(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return *document* as the events of a stream show it: without its timeline."""
    return {name: document[name] for name in _IN_SUMMARY if name in document}


def _owed(index: int, step: dict[str, Any], told: Told) -> Iterator[Event]:
    if index in told.closed:
        return
    if index not in told.begun:
        yield {"event_type": "step.start", "index": index, "step": _start(step)}
    for delta in _rest(list(_deltas(step)), told.deltas.get(index, [])):
        yield {"event_type": "step.delta", "index": index, "delta": delta}
    yield {"event_type": "step.stop", "index": index}


def _start(step: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: step[name] for name in _AT_START if name in step}
    match step.get("type"):
        case "model_output":
            return kept | {"content": []}
        case "function_call" | "mcp_server_tool_call":
            return kept | {"arguments": {}}
    return kept


def _deltas(step: dict[str, Any]) -> Iterator[Event]:
    match step.get("type"):
        case "model_output":
            for item in objects(step.get("content")):
                yield from _content(item)
        case "thought":
            for content in objects(step.get("summary")):
                yield {"type": "thought_summary", "content": content}
            if "signature" in step:
                yield {"type": "thought_signature", "signature": step["signature"]}
        case "function_call":
            arguments = json.dumps(step.get("arguments", {}), ensure_ascii=False)
            yield {"type": "arguments_delta", "arguments": arguments}
        case _:
            yield {name: value for name, value in step.items() if name not in _NOT_IN_DELTA}


def _content(item: dict[str, Any]) -> Iterator[Event]:
    if item.get("type") != "text":
        yield item
        return
    yield {"type": "text", "text": item.get("text", "")}
    if item.get("annotations"):
        yield {"type": "text_annotation_delta", "annotations": item["annotations"]}


def _rest(wanted: list[Event], said: list[Event]) -> Iterator[Event]:
    """Yield what *said* leaves of *wanted*: pieces of text count together, everything else one by one."""
    pieces = _merged(said)
    for position, delta in enumerate(wanted):
        if position >= len(pieces):
            yield delta
        elif rest := _remainder(delta, pieces[position]):
            yield rest


def _merged(deltas: list[Event]) -> list[Event]:
    merged: list[Event] = []
    for delta in deltas:
        name = _PIECES.get(str(delta.get("type")))
        if name and merged and merged[-1].get("type") == delta.get("type"):
            merged[-1] = {**merged[-1], name: f"{merged[-1].get(name, '')}{delta.get(name, '')}"}
        else:
            merged.append(delta)
    return merged


_PIECES: Final = {"text": "text", "arguments_delta": "arguments"}


def _remainder(delta: Event, said: Event) -> Event | None:
    name = _PIECES.get(str(delta.get("type")))
    if name is None or said.get("type") != delta.get("type"):
        return None
    whole, part = str(delta.get(name, "")), str(said.get(name, ""))
    return {**delta, name: whole[len(part) :]} if whole.startswith(part) and len(whole) > len(part) else None
