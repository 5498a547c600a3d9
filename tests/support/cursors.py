"""Who sends a statement through an engine? Told before and after each, on connections taken from now on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from sqlalchemy import event

from longwatch.store.engine import Engine

Note = Callable[[Any, str, Any], None]
"""Takes a cursor, its statement as psycopg takes it, and the values."""


def _nothing(_cursor: Any, _statement: str, _values: Any) -> None:
    pass


@contextmanager
def watched(engine: Engine, *, before: Note = _nothing, after: Note = _nothing) -> Iterator[None]:
    """Tell *before* and *after* of what is sent on connections that *engine* gives within the block."""
    told: list[Any] = []

    class Watched(psycopg.AsyncCursor[Any]):
        async def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
            words = query.decode() if isinstance(query, bytes) else str(query)
            before(self, words, params)
            await super().execute(query, params, **options)
            after(self, words, params)
            return self

    def take(connection: Any, *_: Any) -> None:
        connection.driver_connection.cursor_factory = Watched
        told.append(connection.driver_connection)

    event.listen(engine.pool, "checkout", take)
    try:
        yield
    finally:
        event.remove(engine.pool, "checkout", take)
        for connection in told:
            connection.cursor_factory = psycopg.AsyncCursor
