"""Whose stream has moved? One query in each half second for all streams of this process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import psycopg
import structlog

from longwatch.store import streams
from longwatch.store.engine import Engine

TICK_SECONDS: Final = 0.5
_LOG = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Watch:
    """One reader's wish to be told when a job's stream moves."""

    job_id: UUID
    _stand: tuple[object, ...] = ()
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def stands(self, stand: tuple[object, ...]) -> None:
        """Take note of how the job stands, and wake the reader if that is news."""
        if stand != self._stand:
            self._stand = stand
            self._moved.set()

    def wake(self) -> None:
        """Let the reader look again."""
        self._moved.set()

    async def moved(self, *, within: float) -> bool:
        """Return whether there was news, waiting up to *within* seconds for it."""
        try:
            async with asyncio.timeout(within):
                await self._moved.wait()
        except TimeoutError:
            return False
        self._moved.clear()
        return True


@dataclass(slots=True)
class Feeds:
    """Every open stream of this process, and the one task that looks for them."""

    engine: Engine
    closed: bool = False
    _watches: set[Watch] = field(default_factory=set)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    @contextmanager
    def watch(self, job_id: UUID) -> Iterator[Watch]:
        """Watch *job_id* until the block ends."""
        watch = Watch(job_id)
        self._watches.add(watch)
        self._wanted.set()
        try:
            yield watch
        finally:
            self._watches.discard(watch)

    async def run(self) -> None:
        """Look for all watches until cancelled."""
        while True:
            await self._wanted.wait()
            await self._look()
            if not self._watches:
                self._wanted.clear()
            await asyncio.sleep(TICK_SECONDS)

    def close(self) -> None:
        """Send every reader home: the process is about to stop."""
        self.closed = True
        for watch in self._watches:
            watch.wake()

    async def _look(self) -> None:
        watched = list(self._watches)
        if not watched:
            return
        try:
            async with self.engine.connect() as connection:
                found = await streams.stands(connection, {watch.job_id for watch in watched})
        except (psycopg.Error, OSError) as error:
            _LOG.warning("streams could not be watched", error=type(error).__name__, watched=len(watched))
            return
        for watch in watched:
            watch.stands(found.get(watch.job_id, ()))
