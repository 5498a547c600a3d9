"""How is an interaction written on the wire, in either revision?"""

from dataclasses import dataclass
from typing import Any

from simulator.answers import to_json
from simulator.clock import rfc3339
from simulator.config import Revision
from simulator.conversation import Step
from simulator.interaction import Interaction
from simulator.legacy import legacy_outputs, legacy_usage
from simulator.life import State
from simulator.timeline import generated_steps, input_steps
from simulator.usage import usage

_ECHOED = (
    "previous_interaction_id",
    "labels",
    "agent_config",
    "generation_config",
    "system_instruction",
    "service_tier",
    "webhook_config",
)
_STILL_OUTPUTS = "lyria"
# What an echo of the legacy revision never contained, or wrote otherwise.
_NOT_LEGACY = ("steps", "usage", "agent_config", "generation_config", "system_instruction", "service_tier")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a caller gets to see: the revision, and whether the input comes along."""

    revision: Revision
    input_steps: bool = False
    input_field: bool = False


def document(interaction: Interaction, view: View, *, now: float) -> dict[str, Any]:
    """Return the interaction as JSON data, as it stands at the simulated instant *now*."""
    state = interaction.state(now)
    request = interaction.request
    body = _head(interaction, state) | {key: request[key] for key in _ECHOED if key in request}
    if view.input_field:
        body["input"] = request.get("input")
    body |= _timeline(interaction, state, view) | _errors(interaction, state) | _usage(interaction, state, now=now)
    ended = state.ended_age is not None
    padded = _padded(body, interaction.life.body_bytes if ended else None)
    padded |= _continuation(interaction, state)
    return _as_legacy(padded, ended=ended) if view.revision == "legacy" else _as_current(padded)


def summary_document(interaction: Interaction, view: View, *, now: float, status: str) -> dict[str, Any]:
    """Return the interaction without its timeline, as a stream carries it; the id of an unstored one is empty."""
    state = interaction.state(now)
    body = {"id": ""} | _head(interaction, state) | {"status": status}
    body |= (
        _errors(interaction, state) | _usage(interaction, state, now=now)
        if status not in {"queued", "in_progress"}
        else {}
    )
    body |= _continuation(interaction, state) if status == "requires_continuation" else {}
    return _as_legacy(body, ended=False) if view.revision == "legacy" else body


def _head(interaction: Interaction, state: State) -> dict[str, Any]:
    created, ended = interaction.created_at, interaction.created_at + (state.ended_age or 0)
    head = {
        "id": interaction.id,
        "object": "interaction",
        "status": state.status,
        "created": rfc3339(created),
        "updated": rfc3339(ended),
    }
    if interaction.request.get("store") is False:
        del head["id"]
    target = "agent" if interaction.agent else "model"
    return head | {target: interaction.request[target]}


def _timeline(interaction: Interaction, state: State, view: View) -> dict[str, list[Step]]:
    given = input_steps(interaction) if view.input_steps else []
    return {"steps": [*given, *generated_steps(interaction, state)]}


def _current_step(step: Step) -> Step:
    """Leave out what only deltas and the legacy revision tell of a file search."""
    return (
        {key: value for key, value in step.items() if key != "result"} if step["type"] == "file_search_result" else step
    )


def _continuation(interaction: Interaction, state: State) -> dict[str, str]:
    return {"continuation_token": f"ct_{interaction.id}"} if state.status == "requires_continuation" else {}


def _errors(interaction: Interaction, state: State) -> dict[str, Any]:
    life = interaction.life
    if state.status != "failed" or life.errors is None:
        return {}
    error = {"code": life.error_code, "message": life.error_message}
    return {"errors": [error]} if life.errors == "list" else {"error": error}


def _usage(interaction: Interaction, state: State, *, now: float) -> dict[str, Any]:
    if state.ended_age is None:
        return {}
    known_at = interaction.created_at + state.ended_age + interaction.life.usage_after_seconds
    return {"usage": usage(interaction, progress=state.progress)} if now >= known_at else {}


def _padded(body: dict[str, Any], size: int | None) -> dict[str, Any]:
    missing = (size or 0) - len(to_json(body))
    if missing <= 0:
        return body
    filling = ("<li>simulated search suggestion</li>" * (missing // 36 + 1))[:missing]
    step = {"type": "google_search_result", "call_id": "search_0", "result": [{"search_suggestions": filling}]}
    return body | {"steps": [*body["steps"][:1], step, *body["steps"][1:]]}


def _as_current(body: dict[str, Any]) -> dict[str, Any]:
    steps = [_current_step(step) for step in body["steps"]]
    if not str(body.get("model")).startswith(_STILL_OUTPUTS):
        return body | {"steps": steps}
    own = [item for step in steps if step["type"] == "model_output" for item in step["content"]]
    return {key: value for key, value in body.items() if key != "steps"} | {"outputs": own}


def _as_legacy(body: dict[str, Any], *, ended: bool) -> dict[str, Any]:
    legacy = {key: value for key, value in body.items() if key not in _NOT_LEGACY}
    legacy["role"] = "agent" if "agent" in body else "model"
    if ended and "steps" in body:
        legacy["outputs"] = [item for step in body["steps"] for item in legacy_outputs(step)]
    if "usage" in body:
        legacy["usage"] = legacy_usage(body["usage"])
    return legacy
