"""How does a process reach the database? One engine, made at its edge; one transaction per request or task."""

import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import Pool, PoolProxiedConnection, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.util import greenlet_spawn

from longwatch.store.address import driver_url
from longwatch.store.fitness import Fitness
from longwatch.store.rows import Rows

_NO_VALUES: Mapping[str, Any] = {}
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_STATEMENT_TIMEOUT_MS = 30_000
_IDLE_TIMEOUT_MS = 60_000


class NoConnectionError(psycopg.OperationalError):
    """The pool has no connection to give: all are in use for too long, or none stays open."""


class Tx:
    """A transaction that the edge has begun and will commit, or a connection that commits each statement by itself."""

    __slots__ = ("_connection",)

    def __init__(self, connection: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
        self._connection = connection

    async def execute(self, statement: bytes, values: Mapping[str, Any] = _NO_VALUES) -> Rows:
        """Send *statement*, made by `statements.text`, and return its rows; raise psycopg's errors."""
        cursor = self._connection.cursor()
        await cursor.execute(statement, values)
        described = cursor.description
        if described is None:
            return Rows((), (), rowcount=cursor.rowcount)
        return Rows(tuple(column.name for column in described), await cursor.fetchall(), rowcount=cursor.rowcount)


class Engine:
    """A pool of connections to one database, each opened when it is first needed.

    SQLAlchemy's pool, and psycopg's own connections: its way of executing costs three times as much as theirs.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        """Public for those who watch what leaves it and comes back."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """Yield a transaction that is committed at the end, or rolled back by an exception."""
        async with self._connection() as connection, connection.transaction():
            yield Tx(connection)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Tx]:
        """Yield a transaction that is rolled back at the end: for reads that belong together."""
        async with self._connection() as connection, connection.transaction(force_rollback=True):
            yield Tx(connection)

    @asynccontextmanager
    async def each_by_itself(self) -> AsyncIterator[Tx]:
        """Yield a connection on which every statement is a transaction of its own: no BEGIN and COMMIT go to and fro.

        For reads that need no common snapshot, and for the one statement that is all there is to write.
        """
        async with self._connection() as connection:
            yield Tx(connection)

    async def dispose(self) -> None:
        """Close the connections that rest; those in use must have been given back."""
        await greenlet_spawn(self.pool.dispose)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection[tuple[Any, ...]]]:
        taken = await self._take()
        connection: Any = taken.driver_connection
        try:
            yield connection
        finally:
            await _give_back(taken, idle=connection.info.transaction_status is TransactionStatus.IDLE)

    async def _take(self) -> PoolProxiedConnection:
        try:
            return await greenlet_spawn(self.pool.connect)
        except SQLAlchemyError as error:
            raise NoConnectionError(str(error)) from error


async def _give_back(taken: PoolProxiedConnection, *, idle: bool) -> None:
    """Let the pool have it again; what broke, or has a transaction open, is closed before."""
    try:
        if not idle:
            await greenlet_spawn(taken.invalidate)
    finally:
        taken.close()


def connect(url: str, *, pool_size: int = 5) -> Engine:
    """Return an engine on *url* holding up to *pool_size* connections; nothing is opened yet.

    The server knows each of them by this process's id: `longwatch 4711` in `pg_stat_activity`.
    """
    options = f"-c statement_timeout={_STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout={_IDLE_TIMEOUT_MS}"
    alchemy = create_engine(
        make_url(driver_url(url)).set(drivername="postgresql+psycopg_async"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_recycle=1800,
        pool_use_lifo=True,
        pool_reset_on_return=None,
        connect_args={
            "autocommit": True,
            "connect_timeout": 5,
            "options": options,
            "application_name": f"longwatch {os.getpid()}",
        },
    )
    Fitness().watch(alchemy.pool)
    return Engine(alchemy.pool)


def storable(text: str) -> str:
    """Return *text* with what PostgreSQL's text refuses (NUL, lone surrogates) replaced by U+FFFD."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def jsonb(value: Any) -> str:
    """Return *value* as JSON text for `CAST(:name AS jsonb)`; NUL and lone surrogates are replaced."""
    return json.dumps(_clean(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)


def _clean(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case float() if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124
            return None
    return value
