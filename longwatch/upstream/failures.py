"""Why did a run fail upstream? The four places where the API says so, or says nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from longwatch.upstream.document import objects, text_of

BLOCKED = frozenset(
    {
        "safety",
        "recitation",
        "language",
        "prohibited_content",
        "spii",
        "blocklist",
        "image_safety",
        "image_prohibited_content",
        "image_recitation",
        "image_other",
        "content_blocked",
    },
)
GENERATION_FAULT = frozenset(
    {
        "malformed_function_call",
        "malformed_tool_call",
        "unexpected_tool_call",
        "no_image",
        "too_many_tool_calls",
        "missing_thought_signature",
    },
)
NO_DETAIL = "upstream failed without detail"
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a run failed; `blocked` never succeeds on a second try, a `generation_fault` may."""

    code: str
    message: str
    kind: Literal["blocked", "generation_fault", "other"]


def read_failure(document: Mapping[str, Any]) -> Failure | None:
    """Return the first reason that the document gives; a failed run always has one."""
    for error in _errors(document):
        code, message = _code(error.get("code")), text_of(error.get("message"))
        if code or message:
            return _failure(code or "upstream_failed", _cut(message or NO_DETAIL))
    return _failure("upstream_failed", NO_DETAIL) if document.get("status") == "failed" else None


def _cut(message: str) -> str:
    return message if len(message) <= _MOST_CHARACTERS else f"{message[: _MOST_CHARACTERS - 1]}…"


def _errors(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from objects(document.get("errors"))
    yield from objects([document.get("error")])
    if isinstance(words := document.get("error"), str):
        yield {"message": words}
    for step in reversed(objects(document.get("steps"))):
        yield from objects([step.get("error")])


def _code(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if value else None
    return text_of(value)


def _failure(code: str, message: str) -> Failure:
    if code in BLOCKED:
        return Failure(code=code, message=message, kind="blocked")
    if code in GENERATION_FAULT:
        return Failure(code=code, message=message, kind="generation_fault")
    return Failure(code=code, message=message, kind="other")
