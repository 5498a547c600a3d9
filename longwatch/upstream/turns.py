"""What is said to a run that waits for somebody? The results of its calls, or a word on its plan."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from longwatch.domain.actions import CallResult

Turn = dict[str, Any]
"""The input of the next interaction, and whether that one plans again (`collaborative_planning`)."""

APPROVAL: Final = "I approve this plan. Carry it out."


def results_turn(calls: Sequence[Mapping[str, Any]], results: Sequence[CallResult]) -> Turn:
    """Return the turn that answers *calls*; *results* are theirs."""
    names = {call["call_id"]: call["name"] for call in calls}
    return {"input": [_step(result, names[result.call_id]) for result in results]}


def approval_turn() -> Turn:
    """Return the turn that lets a plan be carried out."""
    return {"input": APPROVAL, "collaborative_planning": False}


def edit_turn(wish: str) -> Turn:
    """Return the turn that asks for another plan."""
    return {"input": wish, "collaborative_planning": True}


def _step(result: CallResult, name: str | None) -> dict[str, Any]:
    step: dict[str, Any] = {"type": "function_result", "call_id": result.call_id, "result": _sendable(result.result)}
    if name is not None:
        step["name"] = name
    return step | ({"is_error": True} if result.is_error else {})


def _sendable(value: Any) -> Any:
    """Return *value* as the upstream takes it: text, an object or contents; anything else as its JSON."""
    contents = isinstance(value, list) and all(isinstance(item, dict) and "type" in item for item in value)
    if isinstance(value, str | dict) or (value and contents):
        return value
    return json.dumps(value, ensure_ascii=False)
