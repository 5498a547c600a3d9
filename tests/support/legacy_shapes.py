"""What the legacy revision (google-genai 1.55.0) knows: every member, its fields, and those it cannot do without."""

from collections.abc import Iterator
from typing import Any

_CONTENT: dict[str, str] = {
    "text": "text annotations",
    "image": "data mime_type resolution uri",
    "audio": "data mime_type uri",
    "thought": "signature summary",
    "function_call": "id* name* arguments*",
    "code_execution_call": "id arguments",
    "code_execution_result": "call_id is_error result signature",
    "url_context_call": "id arguments",
    "url_context_result": "call_id is_error result signature",
    "google_search_call": "id arguments",
    "google_search_result": "call_id is_error result signature",
    "mcp_server_tool_call": "id* name* server_name* arguments*",
    "mcp_server_tool_result": "call_id* result* name server_name",
    "file_search_result": "result",
}
_DELTAS: dict[str, str] = {
    **_CONTENT,
    "thought_summary": "content",
    "thought_signature": "signature",
    "mcp_server_tool_result": "call_id name result server_name",
}
_INTERACTION = "id* status* agent created model object outputs previous_interaction_id role updated usage"
_USAGE = (
    "cached_tokens_by_modality input_tokens_by_modality output_tokens_by_modality tool_use_tokens_by_modality "
    "total_cached_tokens total_input_tokens total_output_tokens total_reasoning_tokens total_tokens "
    "total_tool_use_tokens"
)
_EVENTS = {
    "interaction.start": "event_id event_type interaction",
    "interaction.complete": "event_id event_type interaction",
    "interaction.status_update": "event_id event_type interaction_id status",
    "content.start": "event_id event_type index content",
    "content.delta": "event_id event_type index delta",
    "content.stop": "event_id event_type index",
}
_ANNOTATION = "start_index end_index source"


def legacy_faults(interaction: dict[str, Any]) -> list[str]:
    """Return what in *interaction* the legacy models do not know or miss."""
    return list(_interaction_faults(interaction))


def legacy_event_faults(event: dict[str, Any]) -> list[str]:
    """Return what in one event the legacy models do not know or miss."""
    faults = list(_field_faults("event", event, _EVENTS.get(event["event_type"], "")))
    if "interaction" in event:
        faults += _interaction_faults(event["interaction"])
    if "delta" in event:
        faults += _member_faults(event["delta"], _DELTAS)
    if "content" in event:
        faults += [fault for fault in _member_faults(event["content"], _CONTENT) if "lacks" not in fault]
    return faults


def _interaction_faults(interaction: dict[str, Any]) -> Iterator[str]:
    yield from _field_faults("interaction", interaction, _INTERACTION)
    yield from _field_faults("usage", interaction.get("usage", {}), _USAGE)
    for member in interaction.get("outputs", []):
        yield from _member_faults(member, _CONTENT)


def _member_faults(member: dict[str, Any], known: dict[str, str]) -> Iterator[str]:
    kind = member["type"]
    if kind not in known:
        yield f"unknown member {kind}"
        return
    yield from _field_faults(kind, {name: value for name, value in member.items() if name != "type"}, known[kind])
    for note in member.get("annotations", []):
        yield from _field_faults("annotation", note, _ANNOTATION)


def _field_faults(what: str, given: dict[str, Any], known: str) -> Iterator[str]:
    names = known.replace("*", "").split()
    yield from (f"{what} has {name}" for name in given if name not in names)
    needed = [name.rstrip("*") for name in known.split() if name.endswith("*")]
    yield from (f"{what} lacks {name}" for name in needed if name not in given)
