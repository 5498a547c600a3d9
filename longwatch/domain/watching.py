"""What does one look at a running interaction do next? Pure: what is known of it in, a step out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

CANCEL_PATIENCE = timedelta(minutes=10)
"""How long a cancel, or an upstream that does not answer at the deadline, is waited for."""
CANCEL_AGAIN = timedelta(seconds=60)


class Step(Enum):
    """What to do with a run that was just found at work."""

    WATCH = auto()
    """Look again later."""
    ASK_CANCEL = auto()
    """Ask the upstream to stop it, then read once more."""
    GIVE_UP_CANCELLED = auto()
    """End the job as cancelled; go on collecting."""
    GIVE_UP_EXPIRED = auto()
    """End the job as expired; go on collecting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a decision rests on; each age is None if that never happened. `live`: its job has not ended."""

    live: bool
    cancel_age: timedelta | None
    cancel_sent_age: timedelta | None
    past_deadline: bool


def before_read(facts: Facts) -> bool:
    """Say whether to ask the upstream to cancel before reading: asked by a person, or nobody wants the run."""
    unsent = facts.cancel_sent_age is None or facts.cancel_sent_age >= CANCEL_AGAIN
    return facts.cancel_age is not None and unsent


def after_read(facts: Facts) -> Step:
    """Return what to do with a run that a read has found still running."""
    if not facts.live:
        return Step.WATCH
    if facts.cancel_age is not None:
        return Step.GIVE_UP_CANCELLED if facts.cancel_age >= CANCEL_PATIENCE else Step.WATCH
    if facts.past_deadline:
        return Step.ASK_CANCEL if facts.cancel_sent_age is None else Step.GIVE_UP_EXPIRED
    return Step.WATCH


def in_the_dark(facts: Facts, *, overdue: timedelta | None) -> Step:
    """Return what to do when a read has taught nothing; *overdue* is the time since the deadline, None if unset."""
    if not facts.live:
        return Step.WATCH
    if facts.cancel_age is not None and facts.cancel_age >= CANCEL_PATIENCE:
        return Step.GIVE_UP_CANCELLED
    if facts.cancel_age is None and overdue is not None and overdue >= CANCEL_PATIENCE:
        return Step.GIVE_UP_EXPIRED
    return Step.WATCH
