"""Who tells Flower? Collects which jobs moved; what is sent is read afresh from the database."""

from collections.abc import Callable
from typing import Protocol
from uuid import UUID

import structlog

from longwatch.domain import ids

log = structlog.get_logger()


class Announcer(Protocol):
    """Shows research jobs to people who watch the queue; never waited for, never allowed to fail the work."""

    def moved(self, job_id: UUID) -> None:
        """Say that the job changed its state."""
        ...

    def progressed(self, job_id: UUID) -> None:
        """Say that the job has something new to tell."""
        ...

    def seen(self, job_id: UUID) -> None:
        """Say that the job was found at work, as before."""
        ...

    def close(self) -> None:
        """Let go of the broker."""
        ...


class Unfailing:
    """An announcer whose failures are logged and go no further."""

    def __init__(self, announcer: Announcer) -> None:
        self._announcer = announcer

    def moved(self, job_id: UUID) -> None:
        """Say that the job changed its state."""
        _try(self._announcer.moved, job_id)

    def progressed(self, job_id: UUID) -> None:
        """Say that the job has something new to tell."""
        _try(self._announcer.progressed, job_id)

    def seen(self, job_id: UUID) -> None:
        """Say that the job was found at work, as before."""
        _try(self._announcer.seen, job_id)

    def close(self) -> None:
        """Let go of the broker."""
        self._announcer.close()


def _try(tell: Callable[[UUID], None], job_id: UUID) -> None:
    try:
        tell(job_id)
    except Exception:
        log.exception("an announcement failed", job=ids.encode(ids.JOB, job_id))
