"""Which events tell a job's story, and which of them leave the house as webhooks?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from longwatch.domain.states import Status


class EventType(StrEnum):
    """What happened to a job. The value is the outward name."""

    CREATED = "job.created"
    STARTED = "job.started"
    PROGRESS = "job.progress"
    REQUIRES_ACTION = "job.requires_action"
    ATTENTION = "job.attention"
    CANCEL_REQUESTED = "job.cancel_requested"
    RESOLVED = "job.resolved"
    LATE_RESULT = "job.late_result"
    COMPLETED = "job.completed"
    FAILED = "job.failed"
    CANCELLED = "job.cancelled"
    INCOMPLETE = "job.incomplete"
    BUDGET_EXCEEDED = "job.budget_exceeded"
    EXPIRED = "job.expired"


ENDINGS: dict[Status, EventType] = {
    Status.COMPLETED: EventType.COMPLETED,
    Status.FAILED: EventType.FAILED,
    Status.CANCELLED: EventType.CANCELLED,
    Status.INCOMPLETE: EventType.INCOMPLETE,
    Status.BUDGET_EXCEEDED: EventType.BUDGET_EXCEEDED,
    Status.EXPIRED: EventType.EXPIRED,
}

WEBHOOKS = frozenset(
    {
        EventType.STARTED,
        EventType.REQUIRES_ACTION,
        EventType.ATTENTION,
        EventType.LATE_RESULT,
        *ENDINGS.values(),
    },
)
DEFAULT_WEBHOOKS = WEBHOOKS - {EventType.STARTED}


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event about to be written: its type and the data that its readers get (JSON values)."""

    type: EventType
    data: Mapping[str, Any] = field(default_factory=dict)
