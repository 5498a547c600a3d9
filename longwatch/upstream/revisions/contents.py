"""What did a member of `outputs` become? A step, or an item of the content of one; and back again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from longwatch.upstream.revisions.annotations import (
    current_annotation,
    legacy_annotation,
    objects_of,
    with_annotations,
)

Item = Mapping[str, Any]

CONTENT_TYPES: Final = frozenset({"text", "image", "audio", "document", "video"})
GIVEN: Final = frozenset({"user_input", "function_result"})
_CALLS: Final = frozenset(
    {"function_call", "code_execution_call", "url_context_call", "google_search_call", "mcp_server_tool_call"},
)
_CALL_FIELDS: Final = ("type", "id", "name", "server_name", "arguments")
_LISTED_RESULTS: Final = frozenset({"function_result", "mcp_server_tool_result"})
# Steps that the legacy revision never showed.
_UNSEEN: Final = frozenset({"user_input", "file_search_call"})


def generated(steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the steps that follow the last one which was given: input, or the result of a caller's function."""
    for index in range(len(steps) - 1, -1, -1):
        if steps[index].get("type") in GIVEN:
            return list(steps[index + 1 :])
    return list(steps)


def outputs_of(steps: Iterable[Item]) -> list[dict[str, Any]]:
    """Return the members of `outputs` that say what *steps* say; the input is never among them."""
    return [output for step in steps for output in _outputs(step)]


def steps_of(items: Iterable[Item], *, kind: str) -> list[dict[str, Any]]:
    """Return *items* of legacy content as steps: runs of plain content become one step of *kind*."""
    steps: list[dict[str, Any]] = []
    for item in items:
        if item.get("type") not in CONTENT_TYPES:
            steps.append(_step(item))
        elif steps and steps[-1]["type"] == kind:
            steps[-1]["content"].append(current_content(item))
        else:
            steps.append({"type": kind, "content": [current_content(item)]})
    return steps


def legacy_content(item: Item) -> dict[str, Any]:
    """Return one content item as legacy wrote it."""
    return with_annotations(item, (legacy_annotation(note) for note in objects_of(item)))


def current_content(item: Item) -> dict[str, Any]:
    """Return one content item as it is written now."""
    return with_annotations(item, (current_annotation(note) for note in objects_of(item)))


def _outputs(step: Item) -> Iterator[dict[str, Any]]:
    kind = step.get("type")
    if kind == "model_output":
        content = step.get("content")
        yield from (legacy_content(item) for item in content if isinstance(item, dict)) if content else ()
    elif kind not in _UNSEEN:
        yield legacy_member(step)


def legacy_member(step: Item) -> dict[str, Any]:
    """Return a step that is no message as a member of `outputs`."""
    kind = step.get("type")
    if kind in _CALLS:
        return {name: step[name] for name in _CALL_FIELDS if name in step}
    if kind in _LISTED_RESULTS:
        return {**step, "result": _boxed(step.get("result"))}
    if kind == "google_search_result":
        return {**step, "result": _renamed(step.get("result"), {"search_suggestions": "rendered_content"})}
    if kind == "file_search_result":
        return {"type": kind, "result": step.get("result", [])}
    return dict(step)


def _step(item: Item) -> dict[str, Any]:
    kind = item.get("type")
    if kind in _LISTED_RESULTS:
        return {**item, "result": _unboxed(item.get("result"))}
    if kind == "google_search_result":
        return {**item, "result": _renamed(item.get("result"), {"rendered_content": "search_suggestions"})}
    if kind == "file_search_result":
        # Legacy results named no call; the current revision wants the field.
        return {"call_id": "", **item}
    return dict(item)


def _boxed(result: Any) -> Any:
    """Return a list of contents as legacy's `items`, where a text stood for itself."""
    if not isinstance(result, list):
        return result
    return {"items": [_text(item) for item in result]}


def _unboxed(result: Any) -> Any:
    items = result.get("items") if isinstance(result, dict) and set(result) == {"items"} else None
    if not isinstance(items, list):
        return result
    return [{"type": "text", "text": item} if isinstance(item, str) else item for item in items]


def _text(item: Any) -> Any:
    alone = isinstance(item, dict) and item.get("type") == "text" and not item.get("annotations")
    return item.get("text", "") if alone else item


def _renamed(results: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(results, list):
        return results
    return [
        {names.get(name, name): value for name, value in result.items()} if isinstance(result, dict) else result
        for result in results
    ]
