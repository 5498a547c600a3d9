"""Which functions does a run that has stopped want called? Those whose results it has not seen."""

from collections.abc import Mapping
from typing import Any

from longwatch.upstream.document import clean_or_none, objects, parse, text_of


def open_calls(raw: bytes) -> list[dict[str, Any]]:
    """Return the calls in *raw* that await a result, in their order: `call_id`, `name`, `arguments`."""
    document = parse(raw) or {}
    parts = [*objects(document.get("steps")), *objects(document.get("outputs"))]
    answered = {part.get("call_id") for part in parts if part.get("type") == "function_result"}
    calls = [_call(part) for part in parts if part.get("type") == "function_call"]
    return [call for call in calls if call["call_id"] and call["call_id"] not in answered]


def _call(part: Mapping[str, Any]) -> dict[str, Any]:
    arguments = clean_or_none(part.get("arguments"))
    return {
        "call_id": text_of(part.get("id")),
        "name": text_of(part.get("name")),
        "arguments": {} if arguments is None else arguments,
    }
