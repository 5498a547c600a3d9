"""May a job start whose conversation goes on from another's? Pure: how that one stands in, a word out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from longwatch.domain.states import TERMINAL, Status

LOOK_AGAIN: Final = timedelta(seconds=60)
"""A waiting job is woken by its predecessor's end; it looks by itself, too, should that ever be missed."""

CODES: Final[Mapping[Status, str]] = {
    Status.FAILED: "predecessor_failed",
    Status.CANCELLED: "predecessor_cancelled",
    Status.INCOMPLETE: "predecessor_incomplete",
    Status.BUDGET_EXCEEDED: "predecessor_budget_exceeded",
    Status.EXPIRED: "predecessor_expired",
}
GONE: Final = "predecessor_deleted"


@dataclass(frozen=True, slots=True)
class Lost:
    """There is nothing to go on from; `code` and `message` are the job's error."""

    code: str
    message: str


def verdict(status: Status | None, *, deleted: bool) -> Literal["go", "wait"] | Lost:
    """Return what becomes of a job whose predecessor stands so; *status* is None if it is known no more."""
    if status is None or deleted:
        return Lost(GONE, "The job that this one goes on from was deleted.")
    if status is Status.COMPLETED:
        return "go"
    if status not in TERMINAL:
        return "wait"
    return Lost(CODES[status], f"The job that this one goes on from ended as {status}: retry that one first.")
