"""How are steps and usage written in the legacy revision?"""

from typing import Any

_CALLS = ("function_call", "code_execution_call", "url_context_call", "google_search_call", "mcp_server_tool_call")
_CALL_FIELDS = ("type", "id", "name", "server_name", "arguments")
_MODALITIES = ("text", "image", "audio")
_UNKNOWN_USAGE = ("grounding_tool_count", "initial_input_tokens")
_RENAMED_USAGE = {"total_thought_tokens": "total_reasoning_tokens"}


def legacy_outputs(step: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the members of `outputs` that stand for one step; the input is never among them."""
    match step["type"]:
        case "user_input" | "file_search_call":
            return []
        case "model_output":
            return [_content(item) for item in step["content"]]
        case kind if kind in _CALLS:
            return [{name: step[name] for name in _CALL_FIELDS if name in step}]
        case kind:
            return [_RESULTS[kind](step) if kind in _RESULTS else step]


def legacy_usage(usage: dict[str, Any]) -> dict[str, Any]:
    """Return the usage with the names and modalities that were known then."""
    known = {_RENAMED_USAGE.get(key, key): value for key, value in usage.items() if key not in _UNKNOWN_USAGE}
    return {key: _known_modalities(value) if isinstance(value, list) else value for key, value in known.items()}


def _known_modalities(counts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [count for count in counts if count["modality"] in _MODALITIES]


def _result_item(item: Any) -> Any:
    return item["text"] if isinstance(item, dict) and item.get("type") == "text" else item


def _search_result(result: dict[str, Any]) -> dict[str, Any]:
    renamed = {"search_suggestions": "rendered_content"}
    return {renamed.get(key, key): value for key, value in result.items()}


def _content(item: dict[str, Any]) -> dict[str, Any]:
    if "annotations" not in item:
        return item
    return item | {"annotations": [_annotation(note) for note in item["annotations"]]}


def _annotation(note: dict[str, Any]) -> dict[str, Any]:
    source = note.get("url") or note.get("document_uri") or note.get("file_name", "")
    return {"start_index": note["start_index"], "end_index": note["end_index"], "source": source}


def _search(step: dict[str, Any]) -> dict[str, Any]:
    return step | {"result": [_search_result(result) for result in step["result"]]}


def _file_search(step: dict[str, Any]) -> dict[str, Any]:
    return {"type": "file_search_result", "result": step.get("result", [])}


def _mcp(step: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(step["result"], list):
        return step
    return step | {"result": {"items": [_result_item(item) for item in step["result"]]}}


_RESULTS = {"google_search_result": _search, "file_search_result": _file_search, "mcp_server_tool_result": _mcp}
