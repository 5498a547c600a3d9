"""How would PostgreSQL run the statements that a function really sends?"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from longwatch.store.engine import Engine, Tx
from longwatch.store.statements import text
from tests.support.cursors import watched

Sent = list[tuple[str, Any]]


@contextmanager
def statements(engine: Engine) -> Iterator[Sent]:
    """Yield the statements, with their values, that are sent on connections taken from *engine* within the block."""
    sent: Sent = []
    with watched(engine, before=lambda _cursor, statement, values: sent.append((statement, values))):
        yield sent


async def plans_of(engine: Engine, act: Callable[[Tx], Awaitable[object]], *, settings: str = "") -> str:
    """Run *act* in a transaction and return the plans of what it sent, made under *settings* (`SET LOCAL …`)."""
    with statements(engine) as sent:
        async with engine.begin() as tx:
            await act(tx)
            acted = list(sent)
            if settings:
                await tx.execute(text(settings))
            plans = [await _explained(tx, "COSTS OFF", *each) for each in acted]
            return "\n".join(line for plan in plans for line in plan)


async def buffers_of(engine: Engine, act: Callable[[Tx], Awaitable[object]]) -> int:
    """Run *act* and what it sent once more, undo all of it, and return how many pages the second time touched."""
    with statements(engine) as sent:
        async with engine.connect() as tx:
            await act(tx)
        acted = list(sent)
    pages = 0
    async with engine.connect() as tx:
        for each in acted:
            [[plan]] = await _explained(tx, "ANALYZE, BUFFERS, FORMAT JSON", *each)
            pages += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    return pages


async def _explained(tx: Tx, options: str, statement: str, values: Any) -> list[Any]:
    return (await tx.execute(f"EXPLAIN ({options}) {statement}".encode(), values)).scalars().all()


async def analyze(engine: Engine) -> None:
    """Tidy the tables as autovacuum does, and let the planner know what they hold."""
    async with engine.each_by_itself() as tx:
        await tx.execute(text("VACUUM (ANALYZE)"))
