"""Is the text of an answer the JSON that was asked for? The value, or why there is none."""

import re
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from longwatch.upstream.document import clean, parse_any

LONGEST_REASON: Final = 500


def read_structure(*candidates: str, schema: Any = None) -> tuple[Any, str | None]:
    """Return the value of the first of *candidates* that is JSON, or why none fits; no *schema* fits anything."""
    value = next((value for value in map(parse_any, candidates) if value is not None), None)
    if value is None:
        return None, "the text is not JSON"
    try:
        reason = None if schema is None else _misfit(value, schema)
        return (clean(value), None) if reason is None else (None, reason[:LONGEST_REASON])
    except ValueError as error:
        return None, str(error)


def _misfit(value: Any, schema: Any) -> str | None:
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
        # An empty registry: a `$ref` to somewhere else must not make us fetch it.
        fault = best_match(kind(schema, registry=Registry()).iter_errors(value))
    except SchemaError as error:
        return f"the schema that was given is not valid, so nothing was checked: {error.message}"
    except (Unresolvable, re.error, RecursionError) as error:
        return f"the schema that was given cannot be followed, so nothing was checked: {type(error).__name__}"
    return None if fault is None else f"the JSON does not fit the schema at {fault.json_path}: {fault.message}"
