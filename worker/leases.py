"""Which rows does this process hold, and until when? Renews their leases and lets go of what it has lost."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import psycopg
import structlog

from longwatch.domain.clock import Clock
from longwatch.store.claims import Held, Table, renew
from longwatch.store.engine import Engine

_AGAIN_SECONDS = 1.0

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Hold:
    """One row under our lease and the task that works on it; `posting` from a create's intent to its answer."""

    held: Held
    task: asyncio.Task[Any] | None
    expires: float
    posting: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)


_Key = tuple[Table, UUID, int]


def _key(held: Held) -> _Key:
    return held.table, held.id, held.claim


class Leases:
    """The rows that this loop works on; *engine* is theirs alone, so that no work keeps them from being renewed."""

    def __init__(self, engine: Engine, clock: Clock, lease: timedelta) -> None:
        self._engine = engine
        self._clock = clock
        self._lease = lease
        self._holds: dict[_Key, Hold] = {}

    def __len__(self) -> int:
        return len(self._holds)

    def count(self, table: Table) -> int:
        """Return how many rows of *table* are held."""
        return Counter(hold.held.table for hold in self._holds.values())[table]

    def expiry(self) -> float:
        """Return when a lease taken now ends, by this process's monotonic clock; ask before the claim is sent."""
        return self._clock.monotonic() + self._lease.total_seconds()

    @contextmanager
    def holding(self, held: Held, *, expires: float) -> Iterator[Hold]:
        """Keep the lease on *held* alive while the block runs."""
        hold = self._holds[_key(held)] = Hold(held, asyncio.current_task(), expires)
        try:
            yield hold
        finally:
            self.written(held)

    def written(self, held: Held) -> None:
        """Forget a row that was written back: what follows is no longer done under its lease, nor ended with it."""
        self._holds.pop(_key(held), None)

    def spent(self, hold: Hold) -> bool:
        """Say whether the lease may have lapsed; then nothing may be sent in its name."""
        return self._clock.monotonic() >= hold.expires

    def lapsed(self, held: Held) -> bool:
        """Say whether the lease on *held* may be another's by now; then nothing may be decided in its name."""
        hold = self._holds.get(_key(held))
        return hold is None or self.spent(hold)

    def open_creates(self) -> list[Hold]:
        """Return the holds whose create is meant and whose answer is not yet written down."""
        return [hold for hold in self._holds.values() if hold.posting]

    async def keep(self) -> None:
        """Renew every lease each third of its length, for ever; sooner again where that failed."""
        pause = third = self._lease.total_seconds() / 3
        while True:
            await asyncio.sleep(pause)
            pause = third if await self._renewed() else min(third, _AGAIN_SECONDS)

    async def _renewed(self) -> bool:
        try:
            await self.renew_once()
        except (psycopg.Error, OSError) as error:
            log.warning("leases could not be renewed", trouble=type(error).__name__, held=len(self))
            return False
        return True

    async def close(self) -> None:
        """Let go of the connection."""
        await self._engine.dispose()

    async def renew_once(self) -> None:
        """Renew every lease in one statement a table; end the work on rows that are no longer ours."""
        holds = sorted(self._holds.values(), key=lambda hold: hold.held.table)
        for table, group in groupby(holds, key=lambda hold: hold.held.table):
            await self._renew(table, list(group))

    async def _renew(self, table: Table, holds: list[Hold]) -> None:
        expires = self.expiry()
        async with self._engine.begin() as tx:
            ours = await renew(tx, table, [hold.held for hold in holds], lease=self._lease)
        for hold in holds:
            if hold.held.id in ours:
                hold.expires = expires
            else:
                self._let_go(hold)

    def _let_go(self, hold: Hold) -> None:
        hold.expires = 0.0
        if hold.task is not None and not hold.posting:
            hold.task.cancel("the lease was lost")
