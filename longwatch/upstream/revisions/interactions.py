"""How is an interaction written in either revision? `steps` and `outputs`, roles and the names of token counts."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from longwatch.upstream.document import objects
from longwatch.upstream.revisions.contents import generated, outputs_of, steps_of
from longwatch.upstream.revisions.usage import Thoughts, current_usage, legacy_usage

Legacy = Literal["legacy", "early_legacy"]
Revision = Literal["steps", Legacy]
"""`early_legacy` is what google-genai before 1.57 and @google/genai before 1.35 expect: it names thoughts otherwise."""

_THOUGHTS: Final[Mapping[Legacy, Thoughts]] = {
    "legacy": "total_thought_tokens",
    "early_legacy": "total_reasoning_tokens",
}

_LEGACY_FIELDS: Final = (
    "id",
    "object",
    "status",
    "created",
    "updated",
    "model",
    "agent",
    "previous_interaction_id",
    "input",
    "error",
)
_RUNNING: Final = frozenset({"queued", "in_progress"})


def legacy_interaction(document: Mapping[str, Any], revision: Legacy) -> dict[str, Any]:
    """Return a current *document* as a legacy client expects it; statuses that it did not know stay as they are."""
    legacy: dict[str, Any] = {name: document[name] for name in _LEGACY_FIELDS if name in document}
    legacy["role"] = "agent" if document.get("agent") else "model"
    outputs = outputs_of(generated(objects(document.get("steps")))) or objects(document.get("outputs"))
    if outputs or document.get("status") not in _RUNNING:
        legacy["outputs"] = outputs
    if errors := objects(document.get("errors")):
        legacy.setdefault("error", errors[0])
    if isinstance(document.get("usage"), dict):
        legacy["usage"] = legacy_usage(document["usage"], _THOUGHTS[revision])
    return legacy


def current_interaction(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return *document* with `steps`; what is current already stays as it is."""
    current = {name: value for name, value in document.items() if name not in {"outputs", "role"}}
    outputs = objects(document.get("outputs"))
    if outputs and not any(step.get("type") == "model_output" for step in objects(document.get("steps"))):
        current["steps"] = objects(document.get("steps")) + steps_of(outputs, kind="model_output")
    if isinstance(document.get("usage"), dict):
        current["usage"] = current_usage(document["usage"])
    return current


def in_revision(document: Mapping[str, Any], revision: Revision) -> dict[str, Any]:
    """Return a current *document* in the *revision* asked for."""
    return dict(document) if revision == "steps" else legacy_interaction(document, revision)
