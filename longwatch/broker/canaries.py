"""Which messages are sent only to be heard, and through which queues? Each queue of work, and one for each worker."""

from uuid import UUID

from celery import Celery
from kombu import Exchange, Queue
from kombu.exceptions import KombuError, OperationalError
from redis.exceptions import RedisError

from longwatch.broker.queues import BrokerAwayError

CANARY = "longwatch.canary"


def own_queue(process_id: UUID) -> Queue:
    """Return the queue of one worker: what is sent there, nobody else can take."""
    name = f"longwatch.worker.{process_id.hex}"
    return Queue(name, Exchange(name, type="direct"), routing_key=name)


def send_canary(app: Celery, queue: str, number: int) -> None:
    """Send canary *number* through *queue*; raise BrokerAwayError at once if the broker does not take it."""
    try:
        app.send_task(CANARY, args=[queue, number], queue=queue, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        raise BrokerAwayError(type(error).__name__) from error


def forget_queue(app: Celery, process_id: UUID) -> None:
    """Remove what is left of the queue of a worker that is gone; raise BrokerAwayError."""
    try:
        with app.connection_for_write() as connection:
            own_queue(process_id).bind(connection.default_channel).delete()
    except (KombuError, RedisError, OSError) as error:
        raise BrokerAwayError(type(error).__name__) from error
