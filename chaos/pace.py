"""How fast does a run go on? As fast as the house: its time stands still while nothing moves, but not for ever."""

import asyncio
import math

import psycopg

from chaos.database import Database
from chaos.waiting import until
from longwatch.domain.clock import Clock

_TICK_SECONDS = 0.4
LONGEST_STILL = 20.0

_MOVES = """
SELECT coalesce((SELECT max(at) FROM chaos_claim) > clock_timestamp() - interval '3 s', false)
    OR NOT EXISTS (SELECT FROM job WHERE due_at <= lw_now())
    AND NOT EXISTS (SELECT FROM interaction WHERE due_at <= lw_now())
    AND NOT EXISTS (SELECT FROM delivery WHERE due_at <= lw_now())
"""


class Pace:
    """The time that acts and wishes go by.

    On a slow machine, a house that starts for longer than the nemesis waits would be down all the time: nothing that
    is done to it then would prove anything.
    """

    def __init__(self, database: Database, *, longest_still: float = LONGEST_STILL) -> None:
        self._database = database
        self._longest_still = longest_still
        self._clock = Clock()
        self.elapsed = 0.0
        self.is_moving = False

    async def keep(self) -> None:
        """Let time pass until cancelled; call it once."""
        now = moved = self._clock.monotonic()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            before, now = now, self._clock.monotonic()
            self.is_moving = await self._moves()
            moved = now if self.is_moving else moved
            if self.is_moving or now - moved > self._longest_still:
                self.elapsed += now - before

    async def motion(self, *, within: float) -> None:
        """Wait until the house moves, at most *within* seconds."""

        async def moving() -> bool:
            return self.is_moving

        await until(moving, within=within)

    async def reach(self, at: float) -> None:
        """Wait until so many seconds have passed."""

        async def reached() -> bool:
            return self.elapsed >= at

        await until(reached, within=math.inf)

    async def _moves(self) -> bool:
        try:
            [(moves,)] = await self._database.rows(_MOVES)
        except psycopg.OperationalError:
            return False
        return bool(moves)
