"""In which rhythm are duties done? Quickly while anything is due, else at the next due time, at least each second."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

import psycopg
import structlog

from longwatch.broker.queues import BrokerAwayError

BUSY = timedelta(milliseconds=250)
IDLE = timedelta(seconds=1)
_MOST_TROUBLE = timedelta(seconds=5)

log = structlog.get_logger()


class Duty(Protocol):
    """Something that a scheduler does over and over."""

    async def run_once(self) -> int:
        """Do it once; return how much there was to do."""
        ...


class Rhythm:
    """Runs the duties until told to stop; trouble in one of them delays it and stops nothing.

    *until_next* says, after a round in which nothing moved, how long it is until the next row is due.
    """

    def __init__(self, duties: Sequence[Duty], *, until_next: Callable[[], timedelta | None]) -> None:
        self._duties = duties
        self._until_next = until_next
        self._stopping = asyncio.Event()
        self._troubled = 0

    def stop(self) -> None:
        """End after the round under way."""
        self._stopping.set()

    async def run(self) -> None:
        """Do all duties in turn until `stop`."""
        while not self._stopping.is_set():
            await self._pause(await self._round())

    async def _round(self) -> timedelta:
        try:
            moved = sum([await duty.run_once() for duty in self._duties])
            pause = BUSY if moved else self._rest()
        except (psycopg.Error, BrokerAwayError, OSError, TimeoutError) as error:
            return self._trouble(error)
        if self._troubled:
            log.info("scheduler recovered", after=self._troubled)
        self._troubled = 0
        return pause

    def _trouble(self, error: Exception) -> timedelta:
        self._troubled += 1
        if self._troubled == 1:
            log.warning("scheduler waits", trouble=type(error).__name__)
        return min(BUSY * float(2 ** min(self._troubled, 10)), _MOST_TROUBLE)

    def _rest(self) -> timedelta:
        wait = self._until_next()
        return IDLE if wait is None else max(timedelta(milliseconds=20), min(wait, IDLE))

    async def _pause(self, pause: timedelta) -> None:
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._stopping.wait()
        except TimeoutError:
            return
