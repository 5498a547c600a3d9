"""Which plan does PostgreSQL choose for the statements that a piece of our code runs?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@dataclass(frozen=True, slots=True)
class Recorded:
    """Statements as the driver got them."""

    statements: list[tuple[str, Any]] = field(default_factory=list)

    async def plans(self, tx: AsyncConnection) -> list[str]:
        """Return the plan of each, as PostgreSQL would run it now."""
        return [await _plan(tx, statement, values) for statement, values in self.statements]


async def _plan(tx: AsyncConnection, statement: str, values: Any) -> str:
    rows = await tx.exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", values)
    return "\n".join(rows.scalars())


@contextmanager
def recording(engine: AsyncEngine) -> Iterator[Recorded]:
    """Record every statement that *engine* runs within the block."""
    recorded = Recorded()

    def note(*call: Any) -> None:
        _, _, statement, values, *_ = call
        recorded.statements.append((statement, values))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield recorded
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
