"""Which nudges are there? "There is work of this kind, in this lane": never a job, never an id, no ETA."""

from dataclasses import dataclass
from enum import StrEnum

from celery import Celery
from kombu.exceptions import OperationalError


class Queue(StrEnum):
    """The queues, first served first: paid runs are read before anything new is started."""

    POLL = "longwatch.poll"
    DELIVER = "longwatch.deliver"
    CREATE = "longwatch.create"


QUEUES = (Queue.POLL, Queue.DELIVER, Queue.CREATE)


@dataclass(frozen=True, slots=True)
class Nudge:
    """Work of one kind is due, in *lane*; deliveries have none. The task is named like its queue."""

    queue: Queue
    lane: int | None = None


class BrokerAwayError(Exception):
    """The nudge could not be sent; what is due stays due in the database."""


def send(app: Celery, nudge: Nudge) -> None:
    """Put *nudge* on its queue; raise BrokerAwayError at once if the broker does not take it."""
    args = [] if nudge.lane is None else [nudge.lane]
    try:
        app.send_task(nudge.queue.value, args=args, queue=nudge.queue.value, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        raise BrokerAwayError(type(error).__name__) from error
