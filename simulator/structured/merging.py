"""How do two schemas that both hold become one?"""

from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]


def merged(one: Any, other: Any) -> Any:
    """Return a schema whose instances fit both, as nearly as one schema can say it."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False if False in (one, other) else one if isinstance(one, dict) else other
    return one | {key: _together(key, one[key], value) if key in one else value for key, value in other.items()}


def _together(key: str, one: Any, other: Any) -> Any:
    rule = _RULES.get(key)
    return other if rule is None else rule(one, other)


def _parts(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return one | {name: merged(one[name], part) if name in one else part for name, part in other.items()}


def _union(one: list[Any], other: list[Any]) -> list[Any]:
    return [*one, *(member for member in other if member not in one)]


def _intersection(one: list[Any], other: list[Any]) -> list[Any]:
    return [value for value in one if value in other]


def _common_types(one: Any, other: Any) -> Any:
    mine, theirs = ([kinds] if isinstance(kinds, str) else kinds for kinds in (one, other))
    both = [kind for kind in mine if kind in theirs]
    if not both and {"integer", "number"} <= {*mine, *theirs}:
        both = ["integer"]
    return both[0] if len(both) == 1 else both


_RULES: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains"), min),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), _parts),
    **dict.fromkeys(("items", "additionalProperties", "propertyNames"), merged),
    "required": _union,
    "allOf": _union,
    "enum": _intersection,
    "type": _common_types,
}
