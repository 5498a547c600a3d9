"""What can be made to go wrong with one call?"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.answers import Answer, BodyShape, error_answer
from simulator.stream_faults import StreamFault
from simulator.webhook_faults import WebhookFault

HttpStatus = Annotated[int, Field(ge=200, le=599)]


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Status(_Fault):
    """Answer with an HTTP status instead of doing anything."""

    kind: Literal["status"]
    status: HttpStatus
    body: BodyShape = "json"
    code: str | None = None
    message: str | None = None
    headers: dict[str, str] = {}


class NotFoundFirst(_Fault):
    """Answer 404 to the first *k* reads of each interaction."""

    kind: Literal["not_found_first"]
    k: int = Field(default=1, ge=1)


class ForbiddenFirst(_Fault):
    """Answer 403 to the first *k* reads of each interaction."""

    kind: Literal["forbidden_first"]
    k: int = Field(default=1, ge=1)


class NotFoundForever(_Fault):
    """Answer 404 to every read."""

    kind: Literal["not_found_forever"]


class RateLimited(_Fault):
    """Answer 429; *limit* 0 means a quota of none, in the array body that the service uses for quotas."""

    kind: Literal["rate_limited"]
    retry_after: float | None = None
    limit: int | None = None
    body: BodyShape = "json"


class Reset(_Fault):
    """Reset the TCP connection (RST) without doing anything."""

    kind: Literal["reset"]


class AcceptThenDrop(_Fault):
    """Do what was asked, then close the connection without an answer."""

    kind: Literal["accept_then_drop"]


class AcceptThenStatus(_Fault):
    """Do what was asked, then answer with an error."""

    kind: Literal["accept_then_status"]
    status: HttpStatus = 503
    body: BodyShape = "json"


class Slow(_Fault):
    """Do what was asked, answer after *seconds* of real time, spread the body over *dribble_seconds*."""

    kind: Literal["slow"]
    seconds: float = Field(default=0, ge=0)
    dribble_seconds: float = Field(default=0, ge=0)


class HalfAnswer(_Fault):
    """Do what was asked, send only a *fraction* of the announced body, then close the connection."""

    kind: Literal["half_answer"]
    fraction: float = Field(default=0.5, ge=0, lt=1)


class NoId(_Fault):
    """Do what was asked and leave the id out of the answer."""

    kind: Literal["no_id"]


class Garbage(_Fault):
    """Do what was asked and answer 200 with an HTML page or with JSON that breaks off."""

    kind: Literal["garbage"]
    body: Literal["html", "truncated"] = "html"


class LegacyBody(_Fault):
    """Do what was asked and answer in the legacy shape."""

    kind: Literal["legacy_body"]


Fault = Annotated[
    Status
    | NotFoundFirst
    | ForbiddenFirst
    | NotFoundForever
    | RateLimited
    | Reset
    | AcceptThenDrop
    | AcceptThenStatus
    | Slow
    | HalfAnswer
    | NoId
    | Garbage
    | LegacyBody
    | StreamFault
    | WebhookFault,
    Field(discriminator="kind"),
]


def concerns(fault: Fault, *, reads: int) -> bool:
    """Return whether the fault strikes an interaction that was read *reads* times before."""
    return reads < fault.k if isinstance(fault, NotFoundFirst | ForbiddenFirst) else True


def refusal(fault: Fault | None) -> Answer | None:
    """Return the answer of a fault that keeps the call from taking effect; None for all others."""
    match fault:
        case Status():
            return error_answer(
                fault.status, message=fault.message, code=fault.code, shape=fault.body, headers=fault.headers
            )
        case NotFoundFirst() | NotFoundForever():
            return error_answer(404, message="Requested entity was not found.")
        case ForbiddenFirst():
            return error_answer(403, message="The caller does not have permission.")
        case RateLimited():
            return _rate_limited(fault)
        case _:
            return None


def quota_of_none() -> Answer:
    """Return the 429 of a project whose quota for the agent is zero."""
    metric = "generativelanguage.googleapis.com/global_deep_research_agent_requests_per_minute_per_project"
    violation = {"quotaMetric": metric, "quotaId": "DeepResearchRequestsPerMinute", "quotaValue": "0"}
    return error_answer(
        429,
        message=f"You exceeded your current quota. Quota exceeded for metric: {metric}, limit: 0",
        shape="array",
        details=[{"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}],
    )


def _rate_limited(fault: RateLimited) -> Answer:
    if fault.limit == 0:
        return quota_of_none()
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    return error_answer(429, message="Resource has been exhausted.", shape=fault.body, headers=headers)
