"""Who may start? Lets queued jobs in up to the limits, and ends those that could not start in time."""

from dataclasses import dataclass

from longwatch.domain.shares import Limits
from longwatch.store import admission
from longwatch.store.engine import Engine

_LATE_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Admission:
    """The duty of admitting; any number of schedulers may run it."""

    engine: Engine
    limits: Limits

    async def run_once(self) -> int:
        """Admit what there is room for; return how many jobs were moved."""
        async with self.engine.each_by_itself() as tx:
            there = await admission.to_do(tx)
        moved = 0
        if there.admit:
            async with self.engine.begin() as tx:
                moved += await admission.admit(tx, self.limits)
        if there.expire:
            async with self.engine.begin() as tx:
                moved += await admission.expire_unstarted(tx, limit=_LATE_AT_ONCE)
        return moved
