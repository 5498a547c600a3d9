"""What bytes does the API answer with?"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

BodyShape = Literal["json", "google", "array", "html", "text", "empty"]

# HTTP status -> the Interactions code (upstream.md 3.6) and the Google front end's status name.
CODES: dict[int, tuple[str, str]] = {
    400: ("invalid_request", "INVALID_ARGUMENT"),
    401: ("authentication", "UNAUTHENTICATED"),
    402: ("payment_required", "FAILED_PRECONDITION"),
    403: ("permission_denied", "PERMISSION_DENIED"),
    404: ("not_found", "NOT_FOUND"),
    408: ("request_timeout", "DEADLINE_EXCEEDED"),
    409: ("aborted", "ABORTED"),
    416: ("out_of_range", "OUT_OF_RANGE"),
    429: ("rate_limit_exceeded", "RESOURCE_EXHAUSTED"),
    499: ("cancelled", "CANCELLED"),
    500: ("api_error", "INTERNAL"),
    501: ("unimplemented", "UNIMPLEMENTED"),
    503: ("service_unavailable", "UNAVAILABLE"),
    504: ("deadline_exceeded", "DEADLINE_EXCEEDED"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, before it is put on the wire."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=UTF-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Return the hex digest of the body."""
        return hashlib.sha256(self.body).hexdigest()


class ApiError(Exception):
    """The API refuses a call; carries the answer that says so."""

    def __init__(self, status: int, message: str, *, code: str | None = None, shape: BodyShape = "json") -> None:
        super().__init__(message)
        self.answer = error_answer(status, message=message, code=code, shape=shape)


def json_answer(document: Any, *, status: int = 200) -> Answer:
    """Return *document* as a JSON answer."""
    return Answer(status, to_json(document))


def to_json(document: Any) -> bytes:
    """Return UTF-8 JSON; text that UTF-8 cannot hold (lone surrogates) is escaped instead."""
    try:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(document, separators=(",", ":")).encode()


def error_answer(
    status: int,
    *,
    message: str | None = None,
    code: str | None = None,
    shape: BodyShape = "json",
    details: list[Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Return an error in one of the shapes in which the real service and its proxies send them."""
    words = message or f"Simulated error {status}."
    body, content_type = _error_body(shape, status=status, code=code, message=words, details=details)
    return Answer(status, body, content_type, headers or {})


def _error_body(
    shape: BodyShape, *, status: int, code: str | None, message: str, details: list[Any] | None
) -> tuple[bytes, str]:
    own_code, google_status = CODES.get(status, ("api_error", "UNKNOWN"))
    google: dict[str, Any] = {"error": {"code": status, "message": message, "status": google_status}}
    if details:
        google["error"]["details"] = details
    json_type = "application/json; charset=UTF-8"
    match shape:
        case "json":
            return to_json({"error": {"code": code or own_code, "message": message}}), json_type
        case "google":
            return to_json(google), json_type
        case "array":
            return to_json([google]), json_type
        case "html":
            page = (
                f"<!DOCTYPE html><html><head><title>Error {status}</title></head><body><h1>{message}</h1></body></html>"
            )
            return page.encode(), "text/html; charset=UTF-8"
        case "text":
            return f"{message}\n".encode(), "text/plain"
        case "empty":
            return b"", "text/plain"
