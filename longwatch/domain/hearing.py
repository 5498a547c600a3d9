"""When is a worker deaf? Pure: what it missed and what it heard in, a verdict out."""

from dataclasses import dataclass
from datetime import timedelta

TURNS = 4
"""Canaries are sent so often within the time after which a worker counts as deaf."""
_MISSED = TURNS - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What one look at a worker found; `unheard_for` is None if every canary sent to it has come through."""

    missed: int
    unheard_for: timedelta | None
    nothing_for: timedelta
    busy: bool


def silent(found: Silence, *, patience: timedelta) -> bool:
    """Say whether a worker hears nothing: canaries were sent to it, nothing at all came, and it is not at work."""
    if found.unheard_for is None or found.busy:
        return False
    return found.missed >= _MISSED and min(found.unheard_for, found.nothing_for) >= patience
