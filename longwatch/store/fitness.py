"""Is a pooled connection still good? Seen without asking the server, unless the connection has rested for long."""

import select
from typing import Any

import psycopg
from sqlalchemy import Pool, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.util import await_

from longwatch.domain.clock import Clock

ASK_AFTER_SECONDS = 10.0
"""A connection that rested longer is asked: a firewall may have dropped it in silence."""
_RESTED_SINCE = "rested since"


class Fitness:
    """Looks at every connection that leaves a pool; a bad one empties the pool, and a new one is opened."""

    def __init__(self, *, ask_after: float = ASK_AFTER_SECONDS) -> None:
        self._ask_after = ask_after
        self._clock = Clock()

    def watch(self, pool: Pool) -> None:
        """Look at the connections of *pool* from now on."""
        event.listen(pool, "checkin", self._rests)
        event.listen(pool, "checkout", self._leaves)

    def _rests(self, _connection: Any, record: Any) -> None:
        record.info[_RESTED_SINCE] = self._clock.monotonic()

    def _leaves(self, connection: Any, record: Any, _fairy: Any) -> None:
        since = record.info.get(_RESTED_SINCE)
        if since is not None and not self._is_good(connection, rested=self._clock.monotonic() - since):
            raise InvalidatePoolError("the server has ended the connection")

    def _is_good(self, connection: Any, *, rested: float) -> bool:
        if _hung_up(connection.driver_connection):
            return False
        return rested < self._ask_after or _answers(connection.driver_connection)


def _answers(connection: psycopg.AsyncConnection[Any]) -> bool:
    try:
        await_(connection.execute("SELECT 1"))
    except psycopg.Error:
        return False
    return True


def _hung_up(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Say whether a resting connection is closed, or has something to read: a server speaks up only to end it."""
    if connection.closed:
        return True
    looking = select.poll()
    looking.register(connection.fileno(), select.POLLIN)
    return bool(looking.poll(0))
