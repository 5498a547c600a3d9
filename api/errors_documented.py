"""Which errors can an operation answer with? For the OpenAPI document; every one of them is shown real by a test."""

from typing import Any

from api.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

_WORDS = {
    400: "The body is not JSON.",
    401: "The key is missing or wrong.",
    403: "It takes an admin key.",
    404: "There is no such job in the key's project.",
    409: "The job's state, or an earlier request, forbids it.",
    410: "The job was deleted, or what is asked for is no longer kept.",
    413: "The body is over LONGWATCH_MAX_BODY_BYTES.",
    422: "Something cannot be accepted; `problems` names each field.",
    503: "The database cannot be reached; `Retry-After` says when to try again.",
}


def errors(*statuses: int) -> Responses:
    """Return the OpenAPI responses for *statuses*, each a problem."""
    return {status: _response(status) for status in sorted(statuses)}


def guarded(*statuses: int) -> Responses:
    """Return the responses for *statuses* and those that every operation behind a key has."""
    return errors(401, 503, *statuses)


def _response(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    response: dict[str, Any] = {"description": _WORDS[status], "content": content}
    if status in {401, 503}:
        name = "WWW-Authenticate" if status == 401 else "Retry-After"
        response["headers"] = {name: {"schema": {"type": "string"}}}
    return response
