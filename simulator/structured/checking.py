"""Does a value fit a schema?"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from simulator.structured.formats import fits_format
from simulator.structured.patterns import python_pattern
from simulator.structured.references import resolved

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
}


def fits(value: Any, schema: Any, root: Any) -> bool:
    """Return whether *value* is an instance of *schema*, whose references point into *root*."""
    schema = resolved(schema, root)
    if not isinstance(schema, dict):
        return schema is not False
    checks = (_fits_type, _fits_values, _fits_combination, _fits_string, _fits_number, _fits_array, _fits_object)
    return all(check(value, schema, root) for check in checks)


def has_type(value: Any, kind: str) -> bool:
    """Return whether *value* has the JSON type *kind*."""
    if kind in _TYPES:
        return isinstance(value, _TYPES[kind])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return kind == "number" or float(value).is_integer()


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal; true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _fits_type(value: Any, schema: dict[str, Any], _: Any) -> bool:
    kinds = schema.get("type")
    if kinds is None:
        return True
    if value is None and schema.get("nullable"):
        return True
    return any(has_type(value, str(kind).lower()) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def _fits_values(value: Any, schema: dict[str, Any], _: Any) -> bool:
    if "const" in schema and not same(value, schema["const"]):
        return False
    return "enum" not in schema or any(same(value, one) for one in schema["enum"])


def _fits_combination(value: Any, schema: dict[str, Any], root: Any) -> bool:
    if not all(fits(value, part, root) for part in schema.get("allOf", [])):
        return False
    if "anyOf" in schema and not any(fits(value, part, root) for part in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(value, part, root) for part in schema["oneOf"]) != 1:
        return False
    if "not" in schema and fits(value, schema["not"], root):
        return False
    if "if" not in schema:
        return True
    return fits(value, schema.get("then" if fits(value, schema["if"], root) else "else", True), root)


def _fits_string(value: Any, schema: dict[str, Any], _: Any) -> bool:
    if not isinstance(value, str):
        return True
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return False
    if "pattern" in schema and not re.search(python_pattern(schema["pattern"]), value):
        return False
    return "format" not in schema or fits_format(value, schema["format"])


def _fits_number(value: Any, schema: dict[str, Any], _: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return True
    bounds: tuple[tuple[str, Callable[[float], bool]], ...] = (
        ("minimum", lambda bound: value >= bound),
        ("maximum", lambda bound: value <= bound),
        ("exclusiveMinimum", lambda bound: value > bound),
        ("exclusiveMaximum", lambda bound: value < bound),
        ("multipleOf", lambda step: abs(value / step - round(value / step)) < 1e-9),
    )
    return all(fitting(schema[name]) for name, fitting in bounds if _is_number(schema.get(name)))


def _is_number(bound: Any) -> bool:
    return isinstance(bound, int | float) and not isinstance(bound, bool)


def _fits_array(value: Any, schema: dict[str, Any], root: Any) -> bool:
    if not isinstance(value, list):
        return True
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return False
    if schema.get("uniqueItems") and len({json.dumps(item, sort_keys=True) for item in value}) < len(value):
        return False
    first = first_items(schema)
    pairs = [*zip(value, first, strict=False), *((item, rest_items(schema)) for item in value[len(first) :])]
    return all(fits(item, part, root) for item, part in pairs) and _contains(value, schema, root)


def first_items(schema: dict[str, Any]) -> list[Any]:
    """Return the schemas of an array's first members, in either draft's way of writing them."""
    given = schema.get("prefixItems", schema.get("items"))
    return given if isinstance(given, list) else []


def rest_items(schema: dict[str, Any]) -> Any:
    """Return the schema of the members after the first ones."""
    given = schema.get("items", True)
    return schema.get("additionalItems", True) if isinstance(given, list) else given


def _contains(value: list[Any], schema: dict[str, Any], root: Any) -> bool:
    if "contains" not in schema:
        return True
    found = sum(fits(item, schema["contains"], root) for item in value)
    return bool(schema.get("minContains", 1) <= found <= schema.get("maxContains", found))


def _fits_object(value: Any, schema: dict[str, Any], root: Any) -> bool:
    if not isinstance(value, dict):
        return True
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
        return False
    if any(name not in value for name in required_names(value, schema)):
        return False
    if not all(fits(name, schema.get("propertyNames", True), root) for name in value):
        return False
    dependent = (part for name, part in schema.get("dependentSchemas", {}).items() if name in value)
    return all(fits(value, part, root) for part in dependent) and all(
        fits(item, part, root) for name, item in value.items() for part in property_schemas(name, schema)
    )


def required_names(value: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """Return the properties that *value* must have, given those it has."""
    dependent = [needed for name, needed in schema.get("dependentRequired", {}).items() if name in value]
    return [*schema.get("required", []), *(name for names in dependent for name in names)]


def property_schemas(name: str, schema: dict[str, Any]) -> Iterator[Any]:
    """Yield every schema that holds for the property *name*."""
    parts = [part for known, part in schema.get("properties", {}).items() if known == name]
    parts += [
        part for form, part in schema.get("patternProperties", {}).items() if re.search(python_pattern(form), name)
    ]
    yield from parts or [schema.get("additionalProperties", True)]
