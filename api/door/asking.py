"""What does a create at the door ask for? Its body in the current revision, and what rides along in headers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import Headers

from api.door.errors import invalid
from api.fields import IdempotencyKey
from api.invalid import field_problems
from api.submission import Submission
from longwatch.domain.errors import InvalidRequestError
from longwatch.upstream.revisions.requests import current_request, untranslatable

METADATA_HEADER: Final = "X-Longwatch-Metadata"
WEBHOOK_HEADER: Final = "X-Longwatch-Webhook-Url"
_KEY: Final[TypeAdapter[str]] = TypeAdapter(IdempotencyKey)
_RETRY_HEADER: Final = "x-stainless-retry-count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A create: *body* is what the upstream is to be asked, without how the answer is to come back."""

    body: Mapping[str, Any] = field(repr=False)
    background: bool
    stream: bool
    retried: bool
    idempotency_key: str | None
    metadata: Mapping[str, Any] = field(repr=False)
    webhook_url: str | None

    def submission(self) -> Submission:
        """Return the job that a background create makes; raise InvalidRequestError if its terms cannot be met."""
        terms = {
            "request": dict(self.body),
            "metadata": dict(self.metadata),
            "webhook_url": self.webhook_url,
            "watch": "stream" if self.stream else None,
        }
        try:
            return Submission.model_validate(terms)
        except ValidationError as error:
            raise InvalidRequestError(field_problems(error.errors(), known=Submission)) from error


async def read_create(request: Request) -> Asked:
    """Return what *request* asks for; raise DoorError or InvalidRequestError naming what cannot be understood."""
    given = _object(await request.body())
    if problems := untranslatable(given):
        raise InvalidRequestError(problems)
    body = current_request(given)
    background, stream = _flag(body, "background"), _flag(body, "stream")
    headers = request.headers
    return Asked(
        body={name: value for name, value in body.items() if name != "stream"},
        background=background,
        stream=stream,
        retried=headers.get(_RETRY_HEADER, "0").strip() not in {"", "0"},
        idempotency_key=_key(headers),
        metadata=_metadata(headers),
        webhook_url=headers.get(WEBHOOK_HEADER),
    )


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise invalid("The body is not JSON that can be read. Send one JSON object in UTF-8.") from error
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body


def _no_json(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise invalid(f"'{name}' must be true or false.")
    return value


def _key(headers: Headers) -> str | None:
    given = headers.get("idempotency-key")
    try:
        return None if given is None else _KEY.validate_python(given)
    except ValidationError as error:
        raise invalid(f"The header Idempotency-Key cannot be used: {error.errors()[0]['msg']}") from error


def _metadata(headers: Headers) -> dict[str, Any]:
    given = headers.get(METADATA_HEADER)
    if given is None:
        return {}
    try:
        found = json.loads(given)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise invalid(f"The header {METADATA_HEADER} must hold a JSON object, in ASCII.")
    return found
