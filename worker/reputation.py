"""Does push keep its word just now? The database knows, from the newest endings; asked at most every few seconds."""

import asyncio

import psycopg
import structlog

from longwatch.domain.clock import Clock
from longwatch.store import sightings
from longwatch.store.engine import Engine

FRESH_SECONDS = 5.0

log = structlog.get_logger()


class Reputation:
    """What push has earned by the endings that all workers have seen, remembered for a moment."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._trusted = False
        self._until = float("-inf")
        self._asking = asyncio.Lock()

    async def trusted(self) -> bool:
        """Return whether push may be relied on; a database that is away decides for reading often."""
        async with self._asking:
            if self._clock.monotonic() >= self._until:
                self._trusted, before = await self._asked(), self._trusted
                self._until = self._clock.monotonic() + FRESH_SECONDS
                if self._trusted is not before:
                    log.info("push is relied on" if self._trusted else "push is not relied on")
            return self._trusted

    async def _asked(self) -> bool:
        try:
            async with self._engine.begin() as tx:
                return (await sightings.judged(tx)).trusted
        except (psycopg.Error, OSError):
            return False
