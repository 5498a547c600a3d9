"""Which streams does this process read? Those it could claim; it renews their leases, and lets go of what it lost."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

import psycopg
import structlog

from longwatch.store import streams
from longwatch.store.streams import DueStream
from worker.following.desk import Desk
from worker.following.reader import Open, read

MOST_OPEN: Final = 500
_BATCH: Final = 50
_SHORTEST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 1.0

log = structlog.get_logger()


@dataclass(slots=True)
class Follower:
    """Claims and reads streams until it is stopped; any number of followers may run."""

    desk: Desk
    _open: dict[UUID, Open] = field(default_factory=dict)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Have `run` return; what is being read is taken up by another, or after the next start."""
        self._stopped.set()

    async def run(self) -> None:
        """Follow until stopped."""
        async with asyncio.TaskGroup() as group:
            renewing = group.create_task(self._renew())
            while not self._stopped.is_set():
                await self._pause(await self._claim(group))
            renewing.cancel()
            for reading in self._open.values():
                reading.task.cancel()

    async def _claim(self, group: asyncio.TaskGroup) -> float:
        """Start on what is due, and return the seconds until something may be due again."""
        room = min(_BATCH, MOST_OPEN - len(self._open))
        rows: list[DueStream] = []
        try:
            async with self.desk.engine.each_by_itself() as tx:
                wait = await streams.next_due(tx)
                if room > 0 and wait is not None and wait <= timedelta():
                    rows = await streams.claim(tx, limit=room, lease=self.desk.settings.lease)
        except (psycopg.Error, OSError) as error:
            log.warning("streams could not be claimed", trouble=type(error).__name__)
            return _LONGEST_PAUSE
        for row in rows:
            self._begin(group, row)
        return _LONGEST_PAUSE if wait is None else wait.total_seconds()

    def _begin(self, group: asyncio.TaskGroup, row: DueStream) -> None:
        if earlier := self._open.pop(row.id, None):
            earlier.task.cancel()
        task = group.create_task(self._read(row))
        self._open[row.id] = Open(row, task)

    async def _read(self, row: DueStream) -> None:
        try:
            await read(self.desk, row)
        except (psycopg.Error, OSError) as error:
            log.warning("a stream waits for the database", trouble=type(error).__name__)
        finally:
            if (current := self._open.get(row.id)) is not None and current.row is row:
                del self._open[row.id]

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, seconds))):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def _renew(self) -> None:
        """Renew every lease each third of its length."""
        while True:
            await asyncio.sleep(self.desk.settings.lease.total_seconds() / 3)
            await self._renew_once()

    async def _renew_once(self) -> None:
        held = list(self._open.values())
        if not held:
            return
        try:
            async with self.desk.engine.begin() as tx:
                ours = await streams.renew(tx, [item.row for item in held], lease=self.desk.settings.lease)
        except (psycopg.Error, OSError) as error:
            log.warning("streams could not be renewed", trouble=type(error).__name__, held=len(held))
            return
        for item in held:
            if item.row.id not in ours:
                item.task.cancel()
