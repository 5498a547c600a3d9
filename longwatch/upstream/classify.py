"""What does an answer outside 2xx mean for the job? The table of design.md §4, one case per row."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from longwatch.upstream.outcomes import (
    CancelOutcome,
    CancelRefused,
    CancelUnsupported,
    CreateOutcome,
    DeleteOutcome,
    DeleteRefused,
    Gone,
    KeyProblem,
    KeyReason,
    Missing,
    ReadOutcome,
    Refused,
    RefusedKind,
    RefusedReason,
    Trouble,
    TroubleReason,
    Unknown,
)
from longwatch.upstream.rejection import Rejection

Create503 = Literal["refused", "unknown"]

# The API says when a daily quota returns (midnight in California) only in its documentation.
DAILY_QUOTA_WAIT = timedelta(minutes=10)
_REFUSED: Mapping[int, tuple[RefusedKind, RefusedReason]] = {
    403: ("lane", "permission"),
    404: ("final", "not_found"),
    429: ("retry", "rate_limited"),
    501: ("final", "unimplemented"),
}


def create_rejected(rejection: Rejection, *, create_503: Create503 = "refused") -> CreateOutcome:
    """Return whether a create was surely refused, and what may follow, or that nobody knows."""
    if verdict := _refusal(rejection, create_503=create_503):
        kind, reason = verdict
        return Refused(
            kind=kind,
            reason=reason,
            status=rejection.status,
            code=rejection.code,
            message=rejection.message,
            retry_after=_wait(rejection),
        )
    if rejection.status == 303:
        return Unknown(reason="redirected", status=303, detail=rejection.message)
    reason_unknown: Literal["status_408", "status_5xx"] = "status_408" if rejection.status == 408 else "status_5xx"
    return Unknown(reason=reason_unknown, status=rejection.status, detail=rejection.message)


def _refusal(rejection: Rejection, *, create_503: Create503) -> tuple[RefusedKind, RefusedReason] | None:
    """Return what may follow a sure refusal; None when the run may exist."""
    if key := _key_reason(rejection):
        return "lane", key
    match rejection.status:
        case 400 if rejection.names_webhook or rejection.names_labels:
            return "final", "webhook_unsupported" if rejection.names_webhook else "labels_unsupported"
        case 403 if rejection.names_file:
            return "final", "not_found"
        case 409 if rejection.code == "aborted":
            return "retry", "aborted"
        case 503 if rejection.own and create_503 == "refused":
            return "retry", "unavailable"
    return _REFUSED.get(rejection.status) or _refusal_by_class(rejection.status)


def _refusal_by_class(status: int) -> tuple[RefusedKind, RefusedReason] | None:
    """Tell a 303 apart: it alone says that the POST was done; other redirects mean that nothing took it."""
    if status != 303 and 300 <= status < 400:
        return "final", "redirected"
    if status != 408 and 400 <= status < 500:
        return "final", "invalid"
    return None


def read_rejected(rejection: Rejection) -> ReadOutcome:
    """Return what a refused GET tells about a run that exists: never that it failed."""
    if problem := _key_problem(rejection):
        return problem
    match rejection.status:
        case 403:
            return Missing(status=403, code=rejection.code, message=rejection.message)
        case 404:
            return Missing(status=404, code=rejection.code, message=rejection.message)
    return _trouble(rejection)


def cancel_rejected(rejection: Rejection) -> CancelOutcome:
    """Return whether a cancel is impossible here, refused for this run, or only late."""
    if problem := _key_problem(rejection):
        return problem
    if rejection.no_method or rejection.status in {405, 501}:
        return CancelUnsupported(status=rejection.status, message=rejection.message)
    if _final(rejection):
        return CancelRefused(status=rejection.status, code=rejection.code, message=rejection.message)
    return _trouble(rejection)


def delete_rejected(rejection: Rejection) -> DeleteOutcome:
    """Return whether there is nothing left to delete, no right to, or only trouble."""
    if problem := _key_problem(rejection):
        return problem
    if rejection.status == 404 and not rejection.no_method:
        return Gone()
    if _final(rejection) or rejection.status == 501:
        return DeleteRefused(status=rejection.status, code=rejection.code, message=rejection.message)
    return _trouble(rejection)


def _final(rejection: Rejection) -> bool:
    return 400 <= rejection.status < 500 and rejection.status not in {408, 429} and rejection.code != "aborted"


def _key_problem(rejection: Rejection) -> KeyProblem | None:
    reason = _key_reason(rejection)
    if reason is None:
        return None
    return KeyProblem(reason=reason, status=rejection.status, code=rejection.code, message=rejection.message)


def _key_reason(rejection: Rejection) -> KeyReason | None:
    match rejection.status:
        case 401:
            return "auth"
        case 402:
            return "payment"
        case 400 if rejection.names_key:
            return "key_invalid"
        case 403 if rejection.names_key:
            return "permission"
        case 429 if rejection.no_quota:
            return "quota_zero"
    return None


def _trouble(rejection: Rejection) -> Trouble:
    return Trouble(
        reason=_trouble_reason(rejection.status),
        status=rejection.status,
        retry_after=_wait(rejection),
        code=rejection.code,
        message=rejection.message,
    )


def _trouble_reason(status: int) -> TroubleReason:
    if status == 429:
        return "rate_limited"
    if 300 <= status < 400:
        return "redirected"
    return "server_error" if status == 408 or status >= 500 else "rejected"


def _wait(rejection: Rejection) -> timedelta | None:
    """Return the wait asked for; a spent daily quota is not worth asking about every minute."""
    daily = DAILY_QUOTA_WAIT if rejection.code == "quota_exceeded" else None
    return rejection.retry_after or daily
