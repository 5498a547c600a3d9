"""Are the counts that admission rests on true? Counted anew now and then; a difference is an alarm."""

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from longwatch.domain.clock import Clock
from longwatch.store.recounting import recount

ROUND_SECONDS = 300.0

log = structlog.get_logger()


class Recounting:
    """The duty of counting anew what each lane has at work; any number of schedulers may do it."""

    def __init__(self, engine: AsyncEngine, *, every: float = ROUND_SECONDS) -> None:
        self._engine = engine
        self._every = every
        self._clock = Clock()
        self._next = self._clock.monotonic()

    async def run_once(self) -> int:
        """Count anew if a round is due; return how many counts were wrong."""
        now = self._clock.monotonic()
        if now < self._next:
            return 0
        self._next = now + self._every
        async with self._engine.begin() as tx:
            wrong = await recount(tx)
        for lane in wrong:
            log.error("a lane's count was wrong", lane=lane.lane, said=lane.said, true=lane.true)
        return len(wrong)
