"""What is wrong with which field, and what would be right? pydantic's errors in our words."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from longwatch.domain.errors import FieldProblem
from longwatch.upstream.schema import REQUEST

_REMEDIES = {
    "missing": "Add it.",
    "string_too_long": "Shorten it.",
    "too_long": "Send fewer.",
    "string_too_short": "Give it some text.",
    "int_type": "Send a whole number.",
    "bool_type": "Send true or false.",
    "string_type": "Send text.",
    "dict_type": "Send a JSON object.",
    "list_type": "Send a JSON array.",
    "timezone_aware": "Add the zone: 2026-11-22T18:00:00Z.",
}
_ELSEWHERE = {
    "idempotency_key": "Send it as the header `Idempotency-Key`.",
    **{name: f"Put it into `request`: `request.{name}`." for name in REQUEST},
}
_SOURCES = {"body": "", "query": "query.", "header": "header.", "path": "path."}


def field_problems(errors: Iterable[Mapping[str, Any]], *, known: object) -> list[FieldProblem]:
    """Return pydantic's *errors* about the model that *known* declares, each with a remedy."""
    return [_problem(error, known=known) for error in errors]


def within(place: str, problems: Iterable[FieldProblem]) -> list[FieldProblem]:
    """Return *problems* of something that stands at *place* in a larger body."""
    return [replace(problem, field=_at(place, problem.field)) for problem in problems]


def _at(place: str, field: str) -> str:
    return place if field == "body" else f"{place}.{field}"


def _problem(error: Mapping[str, Any], *, known: object) -> FieldProblem:
    source, *path = error["loc"] if error["loc"] and error["loc"][0] in _SOURCES else ("body", *error["loc"])
    if error["type"] == "extra_forbidden":
        message, remedy = "There is no such field.", _nearest(str(path[-1]), _names(known, path[:-1]))
        return FieldProblem(_written(path), "unknown_field", message, remedy)
    remedy = (error.get("ctx") or {}).get("remedy") or _REMEDIES.get(error["type"], "Correct the value.")
    field = f"{_SOURCES[source]}{_written(path)}" or "body"
    return FieldProblem(field, str(error["type"]), str(error["msg"]), str(remedy))


def _written(path: Iterable[int | str]) -> str:
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return parts.removeprefix(".")


def _nearest(name: str, names: Iterable[str]) -> str:
    known = list(names)
    if "request" in known and name in _ELSEWHERE:
        return _ELSEWHERE[name]
    close = get_close_matches(name, known, n=1)
    return f"Did you mean `{close[0]}`? Otherwise leave it out." if close else "Leave it out."


def _names(known: object, path: Iterable[int | str]) -> Iterable[str]:
    model = _model(known)
    for part in path:
        model = _model(model.model_fields.get(str(part))) if model else None
    return [field.alias or name for name, field in model.model_fields.items()] if model else ()


def _model(known: object) -> type[BaseModel] | None:
    annotation = known.annotation if isinstance(known, FieldInfo) else known
    candidates = (annotation, *get_args(annotation))
    return next((item for item in candidates if isinstance(item, type) and issubclass(item, BaseModel)), None)
