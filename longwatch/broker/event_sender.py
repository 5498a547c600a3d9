"""How do events reach those who watch? Over one held connection; while the broker is away they are dropped."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import structlog
from celery import Celery
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from longwatch.broker.task_events import TaskEvent

_SOCKET_SECONDS = 5
# Many events are one message, as a worker's own are; what cannot be sent is an error, and is not kept for later.
_TOGETHER: Final[Mapping[str, Any]] = {
    "buffer_group": frozenset({"task"}),
    "buffer_limit": 50,
    "buffer_while_offline": False,
}

log = structlog.get_logger()


class EventSender:
    """Sends in the name of one worker; used by one thread at a time."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._connection: Connection | None = None
        self._away = False

    def send(self, events: Iterable[TaskEvent], *, hostname: str) -> bool:
        """Send *events* as *hostname*'s; False if the broker is away: then those left are dropped."""
        try:
            with self._app.events.Dispatcher(self._connected(), hostname=hostname, **_TOGETHER) as dispatcher:
                for event in events:
                    dispatcher.send(event.type, **event.fields)
                dispatcher.flush()
        except (KombuError, RedisError, OSError) as error:
            self._lost(error)
            return False
        self._away = False
        return True

    def close(self) -> None:
        """Let go of the broker."""
        if self._connection is not None:
            self._connection.release()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._app.connection_for_write()
            options = {**(self._connection.transport_options or {}), "socket_timeout": _SOCKET_SECONDS}
            self._connection.transport_options = options
        return self._connection

    def _lost(self, error: Exception) -> None:
        self.close()
        if not self._away:
            log.warning("Flower is not told while the broker is away", trouble=type(error).__name__)
        self._away = True
