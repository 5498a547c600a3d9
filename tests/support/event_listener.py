"""What Flower would know: a listener that keeps Celery's own event state."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import redis
from celery import Celery
from celery.events.state import State

from longwatch.domain import ids
from tests.support.waiting import eventually


class EventListener:
    """Hears every event on one broker."""

    def __init__(self, url: str) -> None:
        self._app = Celery("listener", broker=url)
        self._state: Any = State()
        self._receiver: Any = None
        self.heard: list[dict[str, Any]] = []

    @property
    def rows(self) -> dict[str, Any]:
        """The rows by their ids."""
        return dict(self._state.tasks.items())

    def row(self, job_id: Any) -> Any:
        """Return the job's row, None if there is none."""
        return self.rows.get(ids.encode(ids.JOB, job_id))

    def shows(self, job_id: Any, state: str) -> bool:
        """Say whether the job's row is in *state*."""
        row = self.row(job_id)
        return row is not None and row.state == state

    def listen(self) -> None:
        """Hear events until `stop`."""
        with self._app.connection() as connection, suppress(TimeoutError):
            events: Any = self._app.events
            self._receiver = events.Receiver(connection, handlers={"*": self._hear})
            self._receiver.capture(limit=None, timeout=None, wakeup=False)

    def stop(self) -> None:
        """Stop listening soon."""
        self._receiver.should_stop = True

    def _hear(self, event: dict[str, Any]) -> None:
        self.heard.append(event)
        self._state.event(event)


@contextmanager
def listening(url: str) -> Iterator[EventListener]:
    """Yield a listener that hears all that is sent from now on until the block ends."""
    listener = EventListener(url)
    thread = threading.Thread(target=listener.listen)
    with redis.Redis.from_url(url) as client:
        before = len(subscribers(client))
        thread.start()
        eventually(lambda: len(subscribers(client)) > before)
        try:
            yield listener
        finally:
            listener.stop()
            thread.join(20)


def subscribers(client: "redis.Redis") -> list[str]:
    """Return the ids of the broker's subscribers."""
    return [found["id"] for found in client.client_list(_type="pubsub") or ()]
