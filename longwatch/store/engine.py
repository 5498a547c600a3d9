"""How does a process reach the database? One engine, made at its edge; one transaction per request or task."""

import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from longwatch.store.address import driver_url
from longwatch.store.fitness import Fitness

Tx = AsyncConnection
"""A transaction that the edge has begun and will commit."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_STATEMENT_TIMEOUT_MS = 30_000
_IDLE_TIMEOUT_MS = 60_000


def connect(url: str, *, pool_size: int = 5) -> AsyncEngine:
    """Return an engine on *url* holding up to *pool_size* connections; nothing is opened yet.

    The server knows each of them by this process's id: `longwatch 4711` in `pg_stat_activity`.
    """
    options = f"-c statement_timeout={_STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout={_IDLE_TIMEOUT_MS}"
    engine = create_async_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,
        pool_recycle=1800,
        connect_args={"connect_timeout": 5, "options": options, "application_name": f"longwatch {os.getpid()}"},
    )
    Fitness(engine.dialect).watch(engine.sync_engine.pool)
    return engine


@asynccontextmanager
async def each_by_itself(engine: AsyncEngine) -> AsyncIterator[Tx]:
    """Yield a connection on which every statement is a transaction of its own: no BEGIN and COMMIT go to and fro.

    For reads that need no common snapshot, and for the one statement that is all there is to write.
    """
    # Not by the options of the engine: what is cancelled then never gives its connection back.
    async with engine.connect() as connection:
        yield await connection.execution_options(isolation_level="AUTOCOMMIT")


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
