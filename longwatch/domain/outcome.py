"""How does a run's end upstream end its job? Pure: what the upstream said and what was found in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.states import Status

EMPTY_READS = 3
"""How often a completed run with nothing in it is read again before it is called a failure."""

UNEXPLAINED = "The upstream failed the run without detail."
EMPTY = "The upstream says completed, but there is nothing in it. Its bytes are kept: see result/raw."
DEADLINE = "The run did not end before its deadline, and was cancelled upstream."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The job's last state, its error if it has one, `{"code", "message"}`, and what a person should look at."""

    status: Status
    error: Mapping[str, Any] | None = None
    attention: Attention | None = None


def judge(upstream_status: str, *, empty: bool, failure: Mapping[str, Any] | None, by_deadline: bool) -> Verdict:
    """Return how the job ends; *by_deadline* says that our deadline, and nobody else, asked for a cancel."""
    match Status(upstream_status):
        case Status.COMPLETED if empty:
            error = {"code": "empty_output", "message": EMPTY}
            return Verdict(status=Status.FAILED, error=error, attention=Attention(AttentionCode.EMPTY_OUTPUT, EMPTY))
        case Status.FAILED:
            unexplained = {"code": "upstream_failed", "message": UNEXPLAINED}
            return Verdict(status=Status.FAILED, error=failure or unexplained)
        case Status.CANCELLED if by_deadline:
            return Verdict(status=Status.EXPIRED, error={"code": "deadline", "message": DEADLINE})
        case status:
            return Verdict(status=status, error=failure if status is not Status.COMPLETED else None)
