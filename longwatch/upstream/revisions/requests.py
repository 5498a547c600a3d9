"""What does a create body of either revision say in the current one? Translated whole, or refused by name."""

from collections.abc import Mapping
from typing import Any, Final

from longwatch.domain.errors import FieldProblem
from longwatch.upstream.revisions.formats import FIELDS, current_format, format_problems
from longwatch.upstream.revisions.turns import current_input, turn_problems

_TOOL_FIELDS: Final = {"excludedPredefinedFunctions": "excluded_predefined_functions"}


def untranslatable(body: Mapping[str, Any]) -> list[FieldProblem]:
    """Return what in *body* cannot be said in the current revision; `current_request` takes only what has none."""
    return [*turn_problems(body.get("input")), *format_problems(body)]


def current_request(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return *body*, of either revision, as it is sent upstream; a field that is null was not given."""
    given = {name: value for name, value in body.items() if value is not None}
    rest = {name: value for name, value in given.items() if name not in FIELDS}
    if "input" in rest:
        rest["input"] = current_input(rest["input"])
    if isinstance(rest.get("tools"), list):
        rest["tools"] = [_tool(tool) for tool in rest["tools"]]
    if isinstance(rest.get("response_modalities"), list):
        rest["response_modalities"] = [_lower(name) for name in rest["response_modalities"]]
    return rest | current_format(given)


def _tool(tool: Any) -> Any:
    if not isinstance(tool, dict):
        return tool
    return {_TOOL_FIELDS.get(name, name): value for name, value in tool.items()}


def _lower(name: Any) -> Any:
    return name.lower() if isinstance(name, str) else name
