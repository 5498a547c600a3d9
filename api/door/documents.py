"""How does the door show an interaction? The upstream's document with our ids and our word on its state. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from longwatch.domain import ids
from longwatch.domain.states import TERMINAL, Status
from longwatch.store.interactions import FoundInteraction
from longwatch.upstream.document import objects, parse
from longwatch.upstream.revisions.contents import CONTENT_TYPES, GIVEN, generated
from longwatch.upstream.revisions.interactions import current_interaction

Document = dict[str, Any]
Renamed = Callable[[str], str]

_OUR_LABELS: Final = "longwatch_"
_ENDED_HERE: Final = {Status.EXPIRED: "failed"}
_ECHOED: Final = ("previous_interaction_id", "labels")


def ended(found: FoundInteraction) -> bool:
    """Return whether the interaction has come to its end, and nothing about it will change."""
    if found.current and found.status in TERMINAL:
        return True
    stopped = found.shown_id is not None and found.raw is not None and found.ended_age is not None
    return stopped and found.upstream_status != "requires_continuation"


def document(
    found: FoundInteraction, renamed: Renamed, *, thoughts: Sequence[str] = (), earlier: Sequence[bytes] = ()
) -> Document:
    """Return the interaction as it stands, in the current revision; *renamed* turns the upstream's ids into ours.

    *earlier* are the bytes of the runs that the last one carried on: together they make one answer.
    """
    shown = _ended(found, earlier) if ended(found) else _running(found, thoughts)
    return _outward(shown, found, renamed)


def without_input(shown: Document) -> Document:
    """Return *shown* as a create answers it: only what was generated, nothing of it while there is none."""
    steps = generated(objects(shown.get("steps")))
    rest = {name: value for name, value in shown.items() if name != "steps"}
    return {**rest, "steps": steps} if steps or shown["status"] != "in_progress" else rest


def with_input(shown: Document, found: FoundInteraction) -> Document:
    """Return *shown* with the input that was given."""
    return {**shown, "input": _body(found).get("input")}


def _running(found: FoundInteraction, thoughts: Sequence[str]) -> Document:
    said = [{"type": "text", "text": line} for line in thoughts]
    thought = [{"type": "thought", "signature": "", "summary": said}] if said else []
    return {**_head(found), "status": "in_progress", "steps": [*_input_steps(_body(found)), *thought]}


def _ended(found: FoundInteraction, earlier: Sequence[bytes]) -> Document:
    raw = current_interaction(parse(found.raw) or {}) if found.raw is not None else {}
    head = _head(found)
    shown = {**head, **raw, "status": _status(found, raw), "created": head["created"], "updated": head["updated"]}
    if shown["status"] == "failed" and not objects(shown.get("errors")):
        shown["errors"] = [_error(found)]
    if found.usage is not None:
        shown.setdefault("usage", dict(found.usage))
    return {**shown, "steps": _whole(found, objects(shown.get("steps")), earlier)}


def _whole(found: FoundInteraction, steps: list[dict[str, Any]], earlier: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return the whole timeline: what was given, and what every run made of it."""
    if earlier:
        before = [step for raw in earlier for step in generated(objects((parse(raw) or {}).get("steps")))]
        return [*_input_steps(_body(found)), *before, *generated(steps)]
    given = any(step.get("type") in GIVEN for step in steps)
    return steps if given else [*_input_steps(_body(found)), *steps]


def _status(found: FoundInteraction, raw: Mapping[str, Any]) -> str:
    if found.current and found.status in TERMINAL:
        return _ENDED_HERE.get(found.status, found.status.value)
    return str(raw.get("status"))


def _error(found: FoundInteraction) -> dict[str, Any]:
    error = found.error or {}
    code = "expired" if found.status is Status.EXPIRED else error.get("code") or "api_error"
    return {"code": code, "message": error.get("message") or f"The interaction ended as {found.status.value}."}


def _head(found: FoundInteraction) -> Document:
    who = {"agent": found.agent} if found.agent else {"model": found.model}
    body = _body(found)
    return {
        "id": "",
        "object": "interaction",
        "status": "in_progress",
        "created": instant(found.created_at),
        "updated": instant(found.updated_at),
        **who,
        **{name: body[name] for name in _ECHOED if name in body},
    }


def _outward(shown: Document, found: FoundInteraction, renamed: Renamed) -> Document:
    outward = {**shown, "id": ids.encode(ids.INTERACTION, found.id)}
    asked = _body(found).get("previous_interaction_id")
    if previous := asked or shown.get("previous_interaction_id"):
        outward["previous_interaction_id"] = renamed(str(previous))
    labels = {name: label for name, label in _labels(shown).items() if not name.startswith(_OUR_LABELS)}
    outward.pop("labels", None)
    told = _body(found).get("webhook_config") if "webhook_config" in outward else None
    outward.pop("webhook_config", None)
    return {**outward, **({"labels": labels} if labels else {}), **({"webhook_config": told} if told else {})}


def predecessors(found: FoundInteraction) -> list[str]:
    """Return the upstream's ids that the interaction may name, to be renamed."""
    named = (parse(found.raw) or {}).get("previous_interaction_id") if found.raw is not None else None
    asked = _body(found).get("previous_interaction_id")
    return [name for name in (asked, named) if isinstance(name, str)]


def _labels(shown: Mapping[str, Any]) -> dict[str, Any]:
    labels = shown.get("labels")
    return labels if isinstance(labels, dict) else {}


def _body(found: FoundInteraction) -> dict[str, Any]:
    """Return what the interaction was asked; one within a job was asked what is said in its turn."""
    body = json.loads(found.body) if found.body is not None else {}
    if found.turn is None or found.turn_after is None:
        return body if isinstance(body, dict) else {}
    before = ids.encode(ids.INTERACTION, found.turn_after)
    return {**body, "input": found.turn.get("input"), "previous_interaction_id": before}


def _input_steps(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the input as the steps that a read of the upstream begins with."""
    given = body.get("input")
    if isinstance(given, str):
        return [{"type": "user_input", "content": [{"type": "text", "text": given}]}]
    items = [given] if isinstance(given, dict) else objects(given)
    if all(item.get("type") in CONTENT_TYPES for item in items):
        return [{"type": "user_input", "content": items}] if items else []
    return items


def instant(moment: datetime) -> str:
    """Return *moment* as the upstream writes instants."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
