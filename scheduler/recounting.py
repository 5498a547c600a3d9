"""Are the counts that admission rests on true? Counted anew now and then; a difference is an alarm."""

from datetime import timedelta

import structlog

from longwatch.store.engine import Engine
from longwatch.store.recounting import recount

EVERY = timedelta(minutes=5)

log = structlog.get_logger()


class Recounting:
    """The duty of counting anew what each lane has at work; any number of schedulers may do it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def run_once(self) -> int:
        """Count anew; return how many counts were wrong."""
        async with self._engine.begin() as tx:
            wrong = await recount(tx)
        for lane in wrong:
            log.error("a lane's count was wrong", lane=lane.lane, said=lane.said, true=lane.true)
        return len(wrong)
