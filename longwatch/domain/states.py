"""Which states can a job be in, who moves it out of each, and what does a crash there do?"""

from enum import StrEnum


class Status(StrEnum):
    """A job's state. Each member says who moves the job on, and what happens if that process dies."""

    QUEUED = "queued"
    """Waiting for `run_at`, admission or a back-off. The scheduler admits it, a worker claims it; if that worker dies
    before its intent is committed, the claim lapses and another takes it. Nothing has been sent."""

    WAITING = "waiting"
    """Its predecessor still runs. Whoever ends the predecessor wakes it; if that fails, it looks again each minute."""

    SUBMITTING = "submitting"
    """Our intent to create is committed; a POST may be open. The worker that holds it writes the answer. If it dies,
    the next claim finds an intent without an answer: the outcome is unknown, shown, and never silently repeated."""

    IN_PROGRESS = "in_progress"
    """Created upstream. Workers poll it under a lease; if one dies, the interaction is due again within the lease."""

    REQUIRES_ACTION = "requires_action"
    """The upstream waits for a person or a tool result. Whoever answers moves it on; else its action deadline does."""

    COMPLETED = "completed"
    """Ended with a result. Final."""

    FAILED = "failed"
    """Ended with an error, the upstream's or ours. Final."""

    CANCELLED = "cancelled"
    """Ended because somebody asked. Final."""

    INCOMPLETE = "incomplete"
    """The upstream cut it short; what there is has been kept. Final."""

    BUDGET_EXCEEDED = "budget_exceeded"
    """The upstream's token budget ran out; what there is has been kept. Final."""

    EXPIRED = "expired"
    """Our deadline passed. Final; a late result is still collected beside it."""


TERMINAL = frozenset(
    {
        Status.COMPLETED,
        Status.FAILED,
        Status.CANCELLED,
        Status.INCOMPLETE,
        Status.BUDGET_EXCEEDED,
        Status.EXPIRED,
    },
)
ALIVE = frozenset(Status) - TERMINAL

_UPSTREAM_ENDINGS = frozenset(
    {Status.COMPLETED, Status.FAILED, Status.CANCELLED, Status.INCOMPLETE, Status.BUDGET_EXCEEDED},
)

TRANSITIONS: dict[Status, frozenset[Status]] = {
    # To in_progress: the late answer to a create that was about to be repeated.
    Status.QUEUED: frozenset(
        {Status.SUBMITTING, Status.IN_PROGRESS, Status.FAILED, Status.CANCELLED, Status.EXPIRED},
    ),
    Status.WAITING: frozenset({Status.QUEUED, Status.FAILED, Status.CANCELLED, Status.EXPIRED}),
    Status.SUBMITTING: frozenset({Status.QUEUED, Status.IN_PROGRESS, Status.FAILED, Status.CANCELLED}),
    Status.IN_PROGRESS: frozenset({*_UPSTREAM_ENDINGS, Status.REQUIRES_ACTION, Status.QUEUED, Status.EXPIRED}),
    Status.REQUIRES_ACTION: frozenset({Status.QUEUED, Status.FAILED, Status.CANCELLED, Status.EXPIRED}),
    **{status: frozenset() for status in TERMINAL},
}


def legal(source: Status, target: Status) -> bool:
    """Say whether a job may go from *source* to *target*."""
    return target in TRANSITIONS[source]


def sources(target: Status) -> frozenset[Status]:
    """Return every state that *target* may be reached from."""
    return frozenset(source for source in Status if legal(source, target))
