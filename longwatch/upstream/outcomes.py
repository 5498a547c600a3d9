"""What one call upstream can come to: a union per call, so that every ending is met by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

EndedStatus = Literal[
    "completed",
    "failed",
    "cancelled",
    "incomplete",
    "budget_exceeded",
    "requires_action",
    "requires_continuation",
]

NotSentReason = Literal["dns", "connect", "connect_timeout", "tls", "lease_spent"]

UnknownReason = Literal[
    "timeout",
    "broken_answer",
    "status_408",
    "status_5xx",
    "redirected",
    "no_id",
    "too_large",
]

RefusedKind = Literal["retry", "lane", "final"]

RefusedReason = Literal[
    "rate_limited",
    "unavailable",
    "aborted",
    "auth",
    "key_invalid",
    "permission",
    "payment",
    "quota_zero",
    "invalid",
    "labels_unsupported",
    "webhook_unsupported",
    "not_found",
    "unimplemented",
    "redirected",
]

KeyReason = Literal["auth", "key_invalid", "permission", "payment", "quota_zero"]

TroubleReason = Literal[
    "dns",
    "connect",
    "connect_timeout",
    "tls",
    "pool_timeout",
    "timeout",
    "write_failed",
    "broken_answer",
    "too_large",
    "rate_limited",
    "server_error",
    "redirected",
    "rejected",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The run exists upstream and costs money; *upstream_id* is the only way to it."""

    upstream_id: str
    upstream_status: str | None
    raw: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """No byte of the request left this machine: the same row may be sent again."""

    reason: NotSentReason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The upstream said no and made nothing.

    *kind* says what may follow: `retry` the same row later, pause the `lane` (its key), or `final`.
    The reasons `labels_unsupported` and `webhook_unsupported` are `final` unless the body carries our labels, or our
    address: then it is sent once without them.
    *status* is None when the key could not even be put into a header.
    """

    kind: RefusedKind
    reason: RefusedReason
    status: int | None
    code: str
    message: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The request may have been taken and paid for; only a person, a push or a policy may decide."""

    reason: UnknownReason
    status: int | None = None
    detail: str = ""


CreateOutcome = Accepted | NotSent | Refused | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Still at work (`queued`, `in_progress`)."""

    upstream_status: str
    progress: str | None = field(default=None, repr=False)
    usage: Mapping[str, Any] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A status after which this id changes no more; *raw* is the answer as received, *ended_at* its own word."""

    upstream_status: EndedStatus
    ended_at: datetime | None = None
    raw: bytes = field(repr=False)
    content_type: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange:
    """A 2xx that is not plainly running nor ended: keep its bytes, mark the job, read again."""

    reason: Literal["unknown_status", "unreadable"]
    upstream_status: str | None
    raw: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """403 or 404 for an id that we hold: not visible yet, or gone."""

    status: Literal[403, 404]
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProblem:
    """The key, its project or its billing is rejected: it concerns the whole lane, not this run."""

    reason: KeyReason
    status: int | None
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Nothing was learned; ask again later, not before *retry_after*. Never a reason to create."""

    reason: TroubleReason
    status: int | None = None
    retry_after: timedelta | None = None
    code: str = ""
    message: str = ""


ReadOutcome = Running | Ended | Strange | Missing | KeyProblem | Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTaken:
    """The upstream took the wish; its status may lag, and `completed` may still win."""

    upstream_status: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelUnsupported:
    """The upstream has no such method (404 `Method not found`, 501): finish locally."""

    status: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRefused:
    """Any other 4xx: read the interaction again and believe its status."""

    status: int
    code: str
    message: str


CancelOutcome = CancelTaken | CancelUnsupported | CancelRefused | KeyProblem | Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The upstream has forgotten the interaction at our word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """404: nothing is left to delete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRefused:
    """Any other 4xx: asking again will not help."""

    status: int
    code: str
    message: str


DeleteOutcome = Deleted | Gone | DeleteRefused | KeyProblem | Trouble
