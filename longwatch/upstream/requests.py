"""What do we send upstream? The create body: checked before anything is stored, completed, and written as bytes."""

import json
from collections.abc import Mapping
from typing import Any

from longwatch.domain.errors import FieldProblem
from longwatch.upstream.checks import fields, wrong_type
from longwatch.upstream.plain import check_plain
from longwatch.upstream.rules import RULES, legacy_format, legacy_turns
from longwatch.upstream.schema import REQUEST

ROOT = "request"


def validate(body: Any) -> list[FieldProblem]:
    """Return every reason why *body* could not be created, best first; an empty list when it can be."""
    if not isinstance(body, dict):
        return [wrong_type(ROOT, "an object")]
    if problems := list(check_plain(ROOT, body)):
        return problems
    legacy = [*legacy_turns(body), *legacy_format(body)]
    told = {problem.field.partition("[")[0] for problem in legacy}
    shape = fields(REQUEST)(ROOT, {name: item for name, item in body.items() if f"{ROOT}.{name}" not in told})
    return [*legacy, *shape, *(problem for rule in RULES for problem in rule(body))]


def normalise(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a valid *body* with what every job has: it runs in the background and is stored upstream."""
    return {**body, "background": True, "store": True}


def told(body: Mapping[str, Any], *, uri: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    """Return *body* asking the upstream to tell *uri* of the run's end as well, with *metadata* beside its own."""
    config = body.get("webhook_config") or {}
    uris = [*config.get("uris", []), uri]
    return {
        **body,
        "webhook_config": {**config, "uris": uris, "user_metadata": {**config.get("user_metadata", {}), **metadata}},
    }


def names_receivers(body: Mapping[str, Any]) -> bool:
    """Return whether *body* says who is told of the run's end: then the project's registered webhooks are not."""
    return bool((body.get("webhook_config") or {}).get("uris"))


def compose(body: Mapping[str, Any], *, labels: Mapping[str, str]) -> bytes:
    """Return the bytes to POST; *labels* are ours, none for a key whose upstream refuses labels."""
    merged = {**body.get("labels", {}), **labels}
    whole = {**body, "labels": merged} if merged else body
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def following(body: Mapping[str, Any], previous_id: str) -> dict[str, Any]:
    """Return *body* as going on from the run that the upstream knows as *previous_id*."""
    return {**body, "previous_interaction_id": previous_id}


def answered(body: Mapping[str, Any], turn: Mapping[str, Any], *, previous_id: str) -> dict[str, Any]:
    """Return the body of the *turn* that answers a run; the upstream inherits neither tools nor settings."""
    whole = {**normalise(following(body, previous_id)), "input": turn["input"]}
    whole.pop("continuation_token", None)
    if "collaborative_planning" in turn:
        whole["agent_config"] = {
            **whole.get("agent_config", {}),
            "collaborative_planning": turn["collaborative_planning"],
        }
    return whole


def continued(body: Mapping[str, Any], *, previous_id: str, token: str | None) -> dict[str, Any]:
    """Return the body that carries an unfinished run on: the upstream has its input and wants no other."""
    rest = {name: item for name, item in body.items() if name != "input"}
    return {**rest, "previous_interaction_id": previous_id, **({"continuation_token": token} if token else {})}


def plans(body: Mapping[str, Any], turn: Mapping[str, Any] | None) -> bool:
    """Return whether the run that *body*, or the last *turn*, has started brings a plan and not its result."""
    config = body.get("agent_config")
    planning = isinstance(config, dict) and config.get("collaborative_planning")
    return bool((turn or {}).get("collaborative_planning", planning))


def wants_json(body: Mapping[str, Any]) -> bool:
    """Return whether the text of the answer is to be a JSON value."""
    return bool(_json_forms(body))


def schema_of(body: Mapping[str, Any]) -> Any:
    """Return the JSON schema that the answer's text is to fit; None if none was given."""
    return next((form["schema"] for form in _json_forms(body) if form.get("schema") is not None), None)


def _json_forms(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    form = body.get("response_format")
    forms = form if isinstance(form, list) else [form]
    return [item for item in forms if isinstance(item, dict) and item.get("mime_type") == "application/json"]
