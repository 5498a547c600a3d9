"""When does a simulated interaction do what?"""

import math
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Ending = Literal[
    "completed",
    "failed",
    "incomplete",
    "budget_exceeded",
    "requires_action",
    "requires_continuation",
    "cancelled",
    "stuck",
    "weird_status",
]


class Life(BaseModel):
    """The course of one interaction in simulated seconds; what is None is drawn from the prompt at creation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queued_seconds: float = Field(default=0, ge=0)
    run_seconds: float | None = Field(default=None, ge=0)
    ending: Ending = "completed"
    errors: Literal["list", "error"] | None = "list"
    error_code: str = "api_error"
    error_message: str = "The simulated run failed."
    empty: bool = False
    usage_after_seconds: float = Field(default=0, ge=0)
    cancel_lag_seconds: float = Field(default=0, ge=0)
    cancel_wins: bool | None = None
    cancel_unsupported: bool = False
    unknown_status: str | None = None
    body_bytes: int | None = Field(default=None, ge=0)
    report_text: str | None = None
    thoughts: int | None = Field(default=None, ge=0)


@dataclass(frozen=True, slots=True)
class State:
    """Where an interaction stands; ages are simulated seconds since its creation."""

    status: str
    progress: float
    ended_age: float | None


def state_at(life: Life, *, age: float, cancel_age: float | None) -> State:
    """Return where a life stands at *age* if its cancel was asked for at *cancel_age*."""
    cancelled_age, ended_age = _cancelled_age(life, cancel_age), end_age(life, cancel_age=cancel_age)
    if age < ended_age:
        return State(_running_status(life, age), _progress(life, age), None)
    status = life.ending if cancelled_age is None else "cancelled"
    return State(status, _progress(life, ended_age), ended_age)


def end_age(life: Life, *, cancel_age: float | None) -> float:
    """Return at which age a life ends if its cancel was asked for at *cancel_age*; infinity if never."""
    cancelled_age = _cancelled_age(life, cancel_age)
    return _natural_end(life) if cancelled_age is None else cancelled_age


def _natural_end(life: Life) -> float:
    if life.ending in {"stuck", "weird_status"}:
        return math.inf
    return life.queued_seconds + (life.run_seconds or 0)


def _cancelled_age(life: Life, cancel_age: float | None) -> float | None:
    if cancel_age is None or life.cancel_wins is False:
        return None
    cancelled = cancel_age + life.cancel_lag_seconds
    return cancelled if life.cancel_wins or cancelled < _natural_end(life) else None


def _running_status(life: Life, age: float) -> str:
    if age < life.queued_seconds:
        return "queued"
    odd = life.unknown_status or "paused_for_review"
    if life.ending == "weird_status":
        return odd if _progress(life, age) >= 1 else "in_progress"
    return odd if life.unknown_status else "in_progress"


def _progress(life: Life, age: float) -> float:
    if age < life.queued_seconds:
        return 0.0
    return min(1.0, (age - life.queued_seconds) / life.run_seconds) if life.run_seconds else 1.0
