"""Is what each lane counts true? Counted anew from the rows themselves, while nobody may change a count."""

from collections.abc import Sequence
from dataclasses import dataclass

from longwatch.store.engine import Tx
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Miscount:
    """A lane whose count was wrong: what it said, and what is true."""

    lane: int
    said: int
    true: int


# Whoever changes what is counted locks the lane before it commits: what the next statement sees is all of it.
_HOLD = "SELECT id FROM lane ORDER BY id FOR NO KEY UPDATE"
_RECOUNT = """
WITH counted AS (
    SELECT lane_id, sum(number) AS number FROM (
        SELECT lane_id, count(*) AS number FROM interaction WHERE running GROUP BY lane_id
        UNION ALL
        SELECT lane_id, count(*) FROM job
        WHERE due_at IS NOT NULL AND admitted_at IS NOT NULL AND status = 'queued' GROUP BY lane_id
    ) AS found GROUP BY lane_id
), wrong AS (
    SELECT lane.id, lane.running AS said, coalesce(counted.number, 0) AS true
    FROM lane LEFT JOIN counted ON counted.lane_id = lane.id
    WHERE lane.running <> coalesce(counted.number, 0)
)
UPDATE lane SET running = wrong.true, miscounted_at = lw_now() FROM wrong WHERE lane.id = wrong.id
RETURNING lane.id, wrong.said, wrong.true
"""


async def recount(tx: Tx) -> Sequence[Miscount]:
    """Set every lane's count to what is true; return those that were wrong, of which there should be none."""
    await tx.execute(text(_HOLD))
    return [Miscount(lane=lane, said=said, true=int(true)) for lane, said, true in await tx.execute(text(_RECOUNT))]
