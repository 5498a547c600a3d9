"""How are reads that found nothing new written back? Together: one statement for all that come within a moment."""

import asyncio
from uuid import UUID

from longwatch.store.engine import Engine
from longwatch.store.polls import StillRunning, reschedule

GATHER_SECONDS = 0.02


class Rescheduler:
    """Gathers rows for a few milliseconds and writes them in one statement."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rows: list[StillRunning] = []
        self._gathering: asyncio.Task[set[UUID]] | None = None
        self._open: set[asyncio.Task[set[UUID]]] = set()

    async def plan(self, row: StillRunning) -> bool:
        """Write *row* with the others that come now; False if it is no longer ours. Raise what the database raises."""
        self._rows.append(row)
        if self._gathering is None:
            self._gathering = asyncio.create_task(self._write(), name="reschedule")
            self._open.add(self._gathering)
            self._gathering.add_done_callback(self._open.discard)
        return row.held.id in await asyncio.shield(self._gathering)

    async def close(self) -> None:
        """Let what is being written come to its end."""
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _write(self) -> set[UUID]:
        await asyncio.sleep(GATHER_SECONDS)
        rows, self._rows, self._gathering = self._rows, [], None
        async with self._engine.each_by_itself() as tx:
            return await reschedule(tx, rows)
