"""What can go wrong for a caller, and what should they do?

LongwatchError
 +- NotFoundError           no such job in this project
 +- GoneError               it was deleted
 |   +- PurgedError         it was kept for as long as the settings say
 +- ConflictError           the job's state, or an earlier request, forbids it
 +- InvalidRequestError     the request cannot be accepted; names the fields
 +- UnauthorizedError       the key is missing or wrong
 +- ForbiddenError          the key is valid, but no admin's
 +- NotSignedError          a webhook that the upstream has not signed
 +- TooLargeError           the body is over the limit
 +- UnavailableError        the database cannot be reached just now
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field of a request that cannot be accepted, and what to do about it."""

    field: str
    code: str
    message: str
    remedy: str


class LongwatchError(Exception):
    """Something a caller can act on; `type` is stable, `detail` ends with the remedy."""

    type = "internal"
    title = "Something went wrong"
    status = 500

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


class NotFoundError(LongwatchError):
    """No such thing in the caller's project."""

    type, title, status = "not-found", "Not found", 404


class GoneError(LongwatchError):
    """It was there, and is no more."""

    type, title, status = "gone", "Gone", 410


class PurgedError(GoneError):
    """It has been kept for as long as the settings say, and no longer."""

    type, title = "purged", "No longer kept"


class ConflictError(LongwatchError):
    """The current state forbids it."""

    type, title, status = "conflict", "Conflict", 409


class IdempotencyConflictError(ConflictError):
    """The key was used before with another body."""

    type, title = "idempotency-conflict", "Idempotency key reused with another body"


class NotFinishedError(ConflictError):
    """The job has no result yet."""

    type, title = "not-finished", "The job has not ended"


class UnauthorizedError(LongwatchError):
    """The key is missing or wrong."""

    type, title, status = "unauthorized", "Unauthorized", 401


class ForbiddenError(LongwatchError):
    """The key is valid, but no admin's."""

    type, title, status = "forbidden", "Forbidden", 403


class NotSignedError(LongwatchError):
    """Nothing proves that the upstream sent it."""

    type, title, status = "not-signed", "Not signed by the upstream", 401


class TooLargeError(LongwatchError):
    """The body is over the limit."""

    type, title, status = "too-large", "Request body too large", 413


class UnavailableError(LongwatchError):
    """The database cannot be reached; nothing was written."""

    type, title, status = "unavailable", "Temporarily unavailable", 503


class InvalidRequestError(LongwatchError):
    """The request cannot be accepted; `problems` names each field with its remedy."""

    type, title, status = "invalid-request", "The request cannot be accepted", 422

    def __init__(self, problems: list[FieldProblem]) -> None:
        first = problems[0]
        super().__init__(f"{first.field}: {first.message} {first.remedy}")
        self.problems = problems
