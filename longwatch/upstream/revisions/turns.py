"""What is legacy input in steps? Turns with roles, and contents that stand beside calls and results."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from longwatch.domain.errors import FieldProblem
from longwatch.upstream.revisions.contents import CONTENT_TYPES, steps_of

_KINDS: Final = {"user": "user_input", "model": "model_output", "agent": "model_output", "assistant": "model_output"}
_MESSAGES: Final = frozenset({"user_input", "model_output"})


def is_turn(item: Any) -> bool:
    """Return whether *item* is a legacy turn: a role, and no type."""
    return isinstance(item, dict) and "role" in item and "type" not in item


def current_input(given: Any) -> Any:
    """Return the input *given* in either revision as the current one takes it."""
    if is_turn(given) or (isinstance(given, dict) and given.get("type") not in CONTENT_TYPES):
        return current_input([given])
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        return given
    if not any(is_turn(item) for item in given) and not _mixed(given):
        return given
    return [step for part in _parts(given) for step in part]


def turn_problems(given: Any) -> Iterator[FieldProblem]:
    """Yield why turns in the input *given* cannot be translated."""
    items = given if isinstance(given, list) else [given]
    for index, item in enumerate(items):
        if is_turn(item):
            place = f"request.input[{index}]" if isinstance(given, list) else "request.input"
            yield from _turn_problems(place, item)


def _turn_problems(place: str, turn: Mapping[str, Any]) -> Iterator[FieldProblem]:
    if turn["role"] not in _KINDS:
        yield FieldProblem(f"{place}.role", "unknown_role", f"`{turn['role']}` is no role", "send `user` or `model`")
    for name in turn.keys() - {"role", "content"}:
        yield FieldProblem(f"{place}.{name}", "unknown_field", "a turn has no such field", "remove it")
    content = turn.get("content")
    if not isinstance(content, str) and not all(isinstance(item, dict) for item in _listed(content)):
        yield FieldProblem(f"{place}.content", "wrong_type", "must be text or contents", "send a string or contents")


def _mixed(items: list[dict[str, Any]]) -> bool:
    """Return whether contents stand beside steps, as legacy allowed, or a message is already a step."""
    kinds = {item.get("type") for item in items}
    return bool(kinds & CONTENT_TYPES) and bool(kinds - CONTENT_TYPES) and not kinds & _MESSAGES


def _parts(items: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    loose: list[dict[str, Any]] = []
    for item in items:
        if is_turn(item):
            yield steps_of(loose, kind="user_input")
            loose = []
            yield _turn(item)
        elif item.get("type") in _MESSAGES:
            yield [*steps_of(loose, kind="user_input"), item]
            loose = []
        else:
            loose.append(item)
    yield steps_of(loose, kind="user_input")


def _turn(turn: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = turn.get("content")
    items = [{"type": "text", "text": content}] if isinstance(content, str) else _listed(content)
    return steps_of(items, kind=_KINDS[turn["role"]])


def _listed(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [content]
