"""How does the door refuse? In the upstream's own error shape, and only with statuses that an SDK takes rightly."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
import structlog
from fastapi import Response
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from longwatch.domain.errors import (
    ConflictError,
    FieldProblem,
    GoneError,
    InvalidRequestError,
    LongwatchError,
    NotFoundError,
    PurgedError,
    UnauthorizedError,
)

_LOG = structlog.get_logger()
_RETRY_SECONDS: Final = 5
_BY_STATUS: Final = {404: "not_found", 405: "method_not_allowed"}
_NO_SUCH_CALL: Final = (
    "Longwatch's Interactions door has no such call. It has /interactions, /files and /upload; jobs are at /v1/jobs."
)
_BY_ERROR: Final[Mapping[type[LongwatchError], tuple[int, str]]] = {
    UnauthorizedError: (401, "authentication"),
    NotFoundError: (404, "not_found"),
    PurgedError: (410, "not_found"),
    GoneError: (404, "not_found"),
    ConflictError: (400, "failed_precondition"),
    InvalidRequestError: (400, "invalid_request"),
}


class DoorError(LongwatchError):
    """A refusal in the door's own words."""

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.http_status = status
        self.code = code
        self.headers = dict(headers or {})


def invalid(message: str, *, code: str = "invalid_request") -> DoorError:
    """Return the refusal of a request that cannot be accepted."""
    return DoorError(400, code, message)


def refusal(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return a refusal as the upstream writes it."""
    body = {"error": {"code": code, "message": message}}
    return Response(to_json(body), status_code=status, media_type="application/json", headers=dict(headers or {}))


def refused(error: LongwatchError) -> Response:
    """Return *error* as the upstream would write it."""
    if isinstance(error, DoorError):
        return refusal(error.http_status, error.code, error.detail, error.headers)
    if isinstance(error, InvalidRequestError):
        return refusal(400, _code(error.problems), _words(error.problems))
    found = next((_BY_ERROR[kind] for kind in type(error).__mro__ if kind in _BY_ERROR), None)
    status, code = found or (error.status, "api_error")
    return refusal(status, code, error.detail)


def unavailable(error: psycopg.Error) -> Response:
    """Return that the database is away; nothing of the request was kept, so an SDK may send it again."""
    _LOG.warning("database unavailable", error=type(error).__name__)
    message = "The database cannot be reached just now. Nothing was created: send the request again."
    return refusal(503, "service_unavailable", message, {"Retry-After": str(_RETRY_SECONDS)})


def unrouted(error: HTTPException) -> Response:
    """Return what the router, or the body limit, refuses."""
    code = _BY_STATUS.get(error.status_code, "invalid_request" if error.status_code < 500 else "api_error")
    detail = _NO_SUCH_CALL if error.status_code in _BY_STATUS else str(error.detail)
    return refusal(error.status_code, code, detail, error.headers)


def _code(problems: list[FieldProblem]) -> str:
    return "parameter_unknown" if problems[0].code == "unknown_field" else "invalid_request"


def _words(problems: list[FieldProblem]) -> str:
    return " ".join(
        f"'{_field(problem)}' {_sentence(problem.message)} {_sentence(problem.remedy)}" for problem in problems
    )


def _field(problem: FieldProblem) -> str:
    return problem.field.removeprefix("request.").encode(errors="replace").decode()


def _sentence(words: str) -> str:
    return words.rstrip(".").encode(errors="replace").decode() + "."


def error_responses(*statuses: int, code: str | Sequence[str] = "string") -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses for *statuses*, whose `code` is of that JSON type."""
    schema = {
        "type": "object",
        "properties": {
            "error": {
                "type": "object",
                "properties": {"code": {"type": code}, "message": {"type": "string"}},
                "required": ["code", "message"],
            },
        },
        "required": ["error"],
    }
    return {
        status: {"description": _WORDS[status], "content": {"application/json": {"schema": schema}}}
        for status in sorted({401, 503, *statuses})
    }


_WORDS: Final = {
    400: "The request cannot be accepted.",
    401: "The key is missing or wrong.",
    404: "There is no such thing in the key's project.",
    410: "What it was asked and brought is no longer kept.",
    413: "The body is over LONGWATCH_MAX_BODY_BYTES.",
    501: "Longwatch does not do this.",
    502: "The upstream could not be reached.",
    503: "The database cannot be reached; nothing was created.",
    504: "The upstream did not answer in time.",
}
