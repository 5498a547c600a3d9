"""What does an HTTP error answer say? All the body shapes of the API and of what stands before it, as one value."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from longwatch.upstream.document import objects, parse, text_of
from longwatch.upstream.reader import one_line
from longwatch.upstream.retry_after import duration, retry_after

_KEY_REASONS = frozenset(
    {
        "API_KEY_INVALID",
        "API_KEY_EXPIRED",
        "API_KEY_SERVICE_BLOCKED",
        "API_KEY_HTTP_REFERRER_BLOCKED",
        "API_KEY_IP_ADDRESS_BLOCKED",
        "API_KEY_ANDROID_APP_BLOCKED",
        "API_KEY_IOS_APP_BLOCKED",
        "BILLING_DISABLED",
        "CONSUMER_INVALID",
        "CONSUMER_SUSPENDED",
        "SERVICE_DISABLED",
    },
)
_KEY_WORDS = re.compile(
    r"\b(?:invalid|expired|missing) api key"
    r"|\bapi key (?:not (?:valid|found)|expired|was reported|is (?:invalid|expired))",
    re.IGNORECASE,
)
# Seen on projects without access: "... limit: 0, model: ..." (forum 115166); "limit: 0.5" is a quota.
_NO_QUOTA = re.compile(r"\blimit:\s*0(?![\d.]*\d)", re.IGNORECASE)
_LABELS = re.compile(r"\blabels\b|longwatch_", re.IGNORECASE)
# "You do not have permission to access the File abc or it may not exist.": the file is at fault, not the key.
_FILE = re.compile(r"\baccess the File\b|\bfiles/[a-z0-9-]", re.IGNORECASE)
_WEBHOOK = re.compile(r"\bwebhook|user_metadata", re.IGNORECASE)
_NO_METHOD = re.compile(r"\bmethod not found\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """An answer outside 2xx, read: *own* is whether the API itself wrote it, as JSON."""

    status: int
    code: str
    message: str
    own: bool
    names_key: bool
    names_labels: bool
    names_file: bool
    names_webhook: bool
    no_quota: bool
    no_method: bool
    retry_after: timedelta | None


def read_rejection(status: int, raw: bytes, *, header: str | None, now: datetime) -> Rejection:
    """Return what an error answer says; *header* is its Retry-After."""
    error = _error(raw)
    details = objects(error.get("details"))
    message = text_of(error.get("message")) or _plain(raw, error=error)
    return Rejection(
        status=status,
        code=_code(error),
        message=one_line(message),
        own=bool(error),
        names_key=bool(_KEY_REASONS & set(_reasons(details))) or bool(_KEY_WORDS.search(message)),
        names_labels=bool(_LABELS.search(message)) or any(_LABELS.search(field) for field in _fields(details)),
        names_file=bool(_FILE.search(message)),
        names_webhook=bool(_WEBHOOK.search(message)) or any(_WEBHOOK.search(field) for field in _fields(details)),
        no_quota=bool(_NO_QUOTA.search(message)) or "0" in set(_limits(details)),
        no_method=bool(_NO_METHOD.search(message)),
        retry_after=retry_after(header, now=now) or _retry_info(details),
    )


def _error(raw: bytes) -> Mapping[str, Any]:
    document = parse(raw) or {}
    error = document.get("error")
    if isinstance(error, str):
        return {"message": error}
    return error if isinstance(error, dict) else {}


def _code(error: Mapping[str, Any]) -> str:
    """Return `snake_case` whichever shape names it: a string code, or google.rpc's status beside a number."""
    code = error.get("code")
    name = code if isinstance(code, str) else error.get("status")
    return (text_of(name) or "").lower()


def _plain(raw: bytes, *, error: Mapping[str, Any]) -> str:
    """Return what a proxy's HTML or text says, tags left out."""
    if error:
        return ""
    return re.sub(r"<[^>]*>", " ", raw[:4096].decode("utf-8", "replace"))


def _reasons(details: list[dict[str, Any]]) -> Iterator[str]:
    yield from (reason for detail in details if (reason := text_of(detail.get("reason"))))


def _fields(details: list[dict[str, Any]]) -> Iterator[str]:
    for detail in details:
        violations = objects(detail.get("fieldViolations"))
        yield from (field for violation in violations if (field := text_of(violation.get("field"))))


def _limits(details: list[dict[str, Any]]) -> Iterator[str]:
    for detail in details:
        metadata = detail.get("metadata")
        if isinstance(metadata, dict):
            yield str(metadata.get("quota_limit_value"))
        yield from (str(violation.get("quotaValue")) for violation in objects(detail.get("violations")))


def _retry_info(details: list[dict[str, Any]]) -> timedelta | None:
    return next((wait for detail in details if (wait := duration(detail.get("retryDelay")))), None)
