"""Who tells Flower? Collects which jobs moved; what is sent is read afresh from the database."""

from typing import Protocol
from uuid import UUID


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
