"""Who waits for which job's news? One query in each half second for all of them, whoever they are."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import psycopg
import structlog

from longwatch.store.engine import Engine
from longwatch.store.history import END_ONLY, News, PastEvent, Place, news

TICK_SECONDS: Final = 0.5
_PAGE = 100
_LOG = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Subscription:
    """One reader's place in one job's events; holds at most one page, and asks for no more until it is taken."""

    job_id: UUID
    after: int
    _events: deque[PastEvent] = field(default_factory=deque)
    _ended: bool = False
    _purged: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def place(self) -> Place | None:
        """Return where to read on; None while there is something left to take."""
        return None if self._events or self._ended or self._purged else Place(self.job_id, self.after)

    def give(self, told: News) -> None:
        """Add what is new."""
        if not told.purged:
            self._events.extend(told.events)
            self.after = told.events[-1].sequence if told.events else self.after
        self._ended, self._purged = told.ended and not told.purged, told.purged
        self._changed.set()

    def close(self) -> None:
        """Let the reader go without an end."""
        self._changed.set()

    async def take(self, *, within: float) -> list[PastEvent]:
        """Return what has come, waiting up to *within* seconds for it; empty if nothing did, or at the end."""
        try:
            async with asyncio.timeout(within):
                await self._changed.wait()
        except TimeoutError:
            return []
        events = list(self._events)
        self._events.clear()
        self._changed.clear()
        return events

    @property
    def ended(self) -> bool:
        """Return whether the job has ended and everything about it has been taken."""
        return self._ended and not self._events

    @property
    def purged(self) -> bool:
        """Return whether what follows is no longer kept."""
        return self._purged


@dataclass(slots=True)
class Hub:
    """Every subscription of this process, and the one task that reads for them."""

    engine: Engine
    closed: bool = False
    _subscriptions: set[Subscription] = field(default_factory=set)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def watched(self) -> int:
        """Return how many subscriptions there are."""
        return len(self._subscriptions)

    @contextmanager
    def subscribe(self, job_id: UUID, *, after: int) -> Iterator[Subscription]:
        """Watch *job_id* from the sequence *after* on, until the block ends."""
        subscription = Subscription(job_id, after)
        self._subscriptions.add(subscription)
        self._wanted.set()
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    async def ended(self, job_id: UUID, *, within: float) -> None:
        """Return once *job_id* has ended, or after *within* seconds."""
        with self.subscribe(job_id, after=END_ONLY) as subscription:
            if not self.closed:
                await subscription.take(within=within)

    async def run(self) -> None:
        """Read for all subscriptions until cancelled."""
        while True:
            await self._wanted.wait()
            await self._look()
            if not self._subscriptions:
                self._wanted.clear()
            await asyncio.sleep(TICK_SECONDS)

    def close(self) -> None:
        """Send every reader home: the process is about to stop."""
        self.closed = True
        for subscription in self._subscriptions:
            subscription.close()

    async def _look(self) -> None:
        readers: dict[Place, list[Subscription]] = {}
        for subscription in self._subscriptions:
            if place := subscription.place:
                readers.setdefault(place, []).append(subscription)
        if not readers:
            return
        try:
            async with self.engine.connect() as connection:
                told = await news(connection, readers, limit=_PAGE)
        except (psycopg.Error, OSError) as error:
            _LOG.warning("watched jobs could not be read", error=type(error).__name__, watched=self.watched)
            return
        for item in told:
            for subscription in readers[item.place]:
                subscription.give(item)
