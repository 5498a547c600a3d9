"""How is a duty done that is not done at every turn? Now and then, or beside the others, which never wait for it."""

import asyncio
from datetime import timedelta

from longwatch.domain.clock import Clock
from scheduler.duties import Duty


class NowAndThen:
    """A duty that is done at its first turn, and again when *every* has passed."""

    def __init__(self, duty: Duty, *, every: timedelta, clock: Clock | None = None) -> None:
        self._duty = duty
        self._every = every.total_seconds()
        self._clock = clock or Clock()
        self._next = self._clock.monotonic()

    async def run_once(self) -> int:
        """Do it if it is due; return how much there was to do."""
        now = self._clock.monotonic()
        if now < self._next:
            return 0
        self._next = now + self._every
        return await self._duty.run_once()


class Beside:
    """A duty of which one round at a time is under way; a failed one is raised at the next turn."""

    def __init__(self, duty: Duty) -> None:
        self._duty = duty
        self._round: asyncio.Task[int] | None = None

    async def run_once(self) -> int:
        """Begin a round unless one is under way; nothing here is ever a reason to hurry."""
        if self._round is None or self._round.done():
            done, self._round = self._round, None
            if done is not None:
                done.result()
            self._round = asyncio.create_task(self._work(), name=type(self._duty).__name__)
        return 0

    async def close(self) -> None:
        """Break off the round under way; what it had committed stays."""
        if self._round is not None:
            self._round.cancel()
            await asyncio.gather(self._round, return_exceptions=True)

    async def _work(self) -> int:
        return await self._duty.run_once()
