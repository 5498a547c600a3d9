"""How is an error told? As RFC 9457 problem+json: a stable type, and a detail that ends in what to do."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from api.invalid import field_problems
from longwatch.domain.errors import (
    FieldProblem,
    InvalidRequestError,
    LongwatchError,
    NotFoundError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
)

MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = 5
_LOG = structlog.get_logger()
_UNPRINTABLE = re.compile("[\x00\ud800-\udfff]")


class FieldView(BaseModel):
    """One field that cannot be accepted."""

    field: str = Field(examples=["request.background"])
    code: str = Field(examples=["background_required"])
    message: str
    remedy: str


class Problem(BaseModel):
    """RFC 9457 problem details; `detail` ends in the remedy."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "/problems/conflict",
                "title": "Conflict",
                "status": 409,
                "detail": "The job is completed: only a queued job can be changed. Cancel it and post another.",
                "instance": "/v1/jobs/job_01jd3x9v7s8q5w2e4r6t8y0a1b",
            },
        },
    )

    type: str = Field(description="stable; compare this, not the title")
    title: str
    status: int
    detail: str
    instance: str = Field(description="the path that was asked for")
    problems: list[FieldView] | None = Field(None, description="with 422: every field that cannot be accepted")


def render(error: LongwatchError, *, instance: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return *error* as a response."""
    fields = error.problems if isinstance(error, InvalidRequestError) else None
    body = as_problem(error, instance=instance)
    if fields is None:
        del body["problems"]
    return Response(
        to_json(body),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers={**_headers(error), **(headers or {})},
    )


def as_problem(error: LongwatchError, *, instance: str) -> dict[str, Any]:
    """Return *error* as problem details; `problems` is None unless fields are to blame."""
    fields = error.problems if isinstance(error, InvalidRequestError) else None
    return {
        "type": f"/problems/{error.type}",
        "title": error.title,
        "status": error.status,
        "detail": _printable(_detail(error)),
        "instance": _printable(instance),
        "problems": None if fields is None else [_field(problem) for problem in fields],
    }


def _detail(error: LongwatchError) -> str:
    if not isinstance(error, InvalidRequestError):
        return error.detail
    first, others = error.problems[0], len(error.problems) - 1
    more = f" ({others} more in `problems`.)" if others else ""
    return f"{first.field}: {_sentence(first.message)}{more} {_sentence(first.remedy)}"


def _field(problem: FieldProblem) -> dict[str, str]:
    return {
        "field": _printable(problem.field),
        "code": problem.code,
        "message": _printable(_sentence(problem.message)),
        "remedy": _printable(_sentence(problem.remedy)),
    }


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _headers(error: LongwatchError) -> dict[str, str]:
    retry = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    challenge = {"WWW-Authenticate": 'Bearer realm="longwatch"'} if isinstance(error, UnauthorizedError) else {}
    return retry | challenge


class MalformedBodyError(LongwatchError):
    """The body is not JSON."""

    type, title, status = "malformed-body", "The body is not JSON", 400


class MethodError(LongwatchError):
    """The path exists, the method does not."""

    type, title, status = "method-not-allowed", "Method not allowed", 405


class UnexpectedError(LongwatchError):
    """A fault of ours."""

    type, title, status = "internal", "Something went wrong here", 500


_BY_STATUS: Mapping[int, tuple[type[LongwatchError], str]] = {
    400: (MalformedBodyError, "The body is not JSON that can be read. Send one JSON object in UTF-8."),
    404: (NotFoundError, "There is nothing at this path. GET /openapi.json lists what there is."),
    405: (MethodError, "This path does not take this method. GET /openapi.json lists those it takes."),
}


async def on_longwatch_error(request: Request, error: Exception) -> Response:
    """Tell an error of our own tree."""
    assert isinstance(error, LongwatchError)
    return render(error, instance=request.url.path)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Tell what the router, or the body limit, refuses."""
    assert isinstance(error, HTTPException)
    if error.status_code == 413:
        return render(TooLargeError(error.detail), instance=request.url.path, headers=error.headers)
    kind, detail = _BY_STATUS.get(error.status_code, (UnexpectedError, f"{error.detail}. Look at the server's log."))
    headers = {"Allow": ", ".join(_methods(request))} if error.status_code == 405 else None
    return render(kind(detail), instance=request.url.path, headers=headers)


def _methods(request: Request) -> Sequence[str]:
    """Return what every route at this path takes; the router itself names one route's methods only."""
    paths: Mapping[str, Mapping[str, Any]] = request.app.openapi()["paths"]
    here = [item for path, item in paths.items() if _template(path).fullmatch(request.url.path)]
    return sorted({method.upper() for item in here for method in item})


def _template(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^}]*\}", "[^/]+", re.escape(path)))


async def on_invalid(request: Request, error: Exception) -> Response:
    """Tell which fields of a request cannot be accepted."""
    assert isinstance(error, RequestValidationError)
    if any(found["type"] == "json_invalid" for found in error.errors()):
        return render(MalformedBodyError(_BY_STATUS[400][1]), instance=request.url.path)
    return render(InvalidRequestError(_problems(request, error.errors())), instance=request.url.path)


def _problems(request: Request, errors: Sequence[Mapping[str, Any]]) -> list[FieldProblem]:
    if errors[0]["loc"] == ("body",) and "json" not in request.headers.get("content-type", ""):
        remedy = "Send one JSON object with `Content-Type: application/json`."
        return [FieldProblem("body", "content_type", "There is no JSON body.", remedy)]
    route = request.scope.get("route")
    return field_problems(errors, known=getattr(getattr(route, "body_field", None), "field_info", None))


async def on_database_error(request: Request, error: Exception) -> Response:
    """Tell that the database cannot be reached; nothing of the request was kept."""
    assert isinstance(error, psycopg.Error)
    _LOG.warning("database unavailable", error=type(error).__name__, path=request.url.path)
    detail = "The database cannot be reached just now. Send the request again, with the same Idempotency-Key."
    return render(UnavailableError(detail, retry_after=_RETRY_SECONDS), instance=request.url.path)
