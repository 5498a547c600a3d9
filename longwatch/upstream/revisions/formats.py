"""What is a legacy `response_format` now? A bare JSON schema and its MIME type become one typed format."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from longwatch.domain.errors import FieldProblem

_TYPED: Final = frozenset({"text", "image", "audio", "video"})
_SCHEMA_TYPES: Final = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_JSON: Final = "application/json"
FIELDS: Final = ("response_format", "response_mime_type")


def is_schema(form: Any) -> bool:
    """Return whether *form* is a bare JSON schema rather than a typed format."""
    if not isinstance(form, dict):
        return False
    kind = form.get("type")
    return kind in _SCHEMA_TYPES if isinstance(kind, str) else "type" not in form or isinstance(kind, list)


def current_format(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that stand for the format that *body* asks for, in either revision."""
    form, mime_type = body.get("response_format"), body.get("response_mime_type")
    if is_schema(form):
        return {"response_format": {"type": "text", "mime_type": mime_type or _JSON, "schema": form}}
    if form is None:
        return {} if mime_type is None else {"response_format": _alone(mime_type)}
    if isinstance(form, dict) and mime_type is not None:
        return {"response_format": {**form, "mime_type": mime_type}}
    return {"response_format": form}


def format_problems(body: Mapping[str, Any]) -> Iterator[FieldProblem]:
    """Yield why the format that *body* asks for cannot be translated."""
    form, mime_type = body.get("response_format"), body.get("response_mime_type")
    if mime_type is not None and not isinstance(mime_type, str):
        yield _problem("response_mime_type", "must be text", "name a MIME type")
    elif mime_type is not None and _contradicts(form, mime_type):
        remedy = "leave `response_mime_type` out: a typed format names its own"
        yield _problem("response_mime_type", "says something else than `response_format`", remedy)


def _contradicts(form: Any, mime_type: str) -> bool:
    if isinstance(form, list):
        return True
    if is_schema(form):
        return mime_type != _JSON
    return isinstance(form, dict) and form.get("mime_type", mime_type) != mime_type


def _alone(mime_type: str) -> dict[str, Any]:
    kind = mime_type.partition("/")[0]
    return {"type": kind if kind in _TYPED else "text", "mime_type": mime_type}


def _problem(name: str, message: str, remedy: str) -> FieldProblem:
    return FieldProblem(f"request.{name}", "untranslatable", message, remedy)
