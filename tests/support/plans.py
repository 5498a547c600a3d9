"""How would PostgreSQL run the statements that a function really sends?"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.store.engine import Tx

Sent = list[tuple[str, Any]]


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[Sent]:
    """Yield the statements, with their parameters, that are sent through *engine* within the block."""
    sent: Sent = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def plans_of(engine: AsyncEngine, act: Callable[[Tx], Awaitable[object]], *, settings: str = "") -> str:
    """Run *act* in a transaction and return the plans of what it sent, made under *settings* (`SET LOCAL …`)."""
    async with engine.begin() as tx:
        with statements(engine) as sent:
            await act(tx)
        if settings:
            await tx.execute(text(settings))
        plans = [await tx.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", values) for statement, values in sent]
        return "\n".join(line for plan in plans for line in plan.scalars())


async def buffers_of(engine: AsyncEngine, act: Callable[[Tx], Awaitable[object]]) -> int:
    """Run *act* and what it sent once more, undo all of it, and return how many pages the second time touched."""
    async with engine.connect() as tx:
        with statements(engine) as sent:
            await act(tx)
        await tx.rollback()
        pages = 0
        for statement, values in sent:
            explained = await tx.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", values)
            [plan] = explained.scalar_one()
            pages += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
        await tx.rollback()
    return pages


async def analyze(engine: AsyncEngine) -> None:
    """Tidy the tables as autovacuum does, and let the planner know what they hold."""
    async with engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM (ANALYZE)"))
