"""What is due, and where? Probes of each lane's index: their cost does not grow with the number of waiting jobs."""

from dataclasses import dataclass
from datetime import timedelta

from longwatch.store.engine import Tx
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneDue:
    """How many rows of one lane are due now, counted up to the cap that was asked for.

    *lapsed* if a job is among them whose worker died.
    """

    lane: int
    polls: int
    creates: int
    lapsed: bool = False


_LANES = """
SELECT lane.id, polls.due, creates.due, lapsed.found FROM lane
CROSS JOIN LATERAL (SELECT count(*) AS due FROM (
    SELECT FROM interaction WHERE lane_id = lane.id AND due_at <= lw_now() LIMIT :polls) AS found) AS polls
CROSS JOIN LATERAL (SELECT count(*) AS due FROM (
    SELECT FROM job WHERE lane_id = lane.id AND due_at <= lw_now() AND admitted_at IS NOT NULL LIMIT :creates
    ) AS found) AS creates
CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM job WHERE lane_id = lane.id AND due_at <= lw_now() AND admitted_at IS NOT NULL
        AND claimed_at IS NOT NULL) AS found) AS lapsed
WHERE polls.due > 0 OR creates.due > 0
ORDER BY lane.id
"""
_DELIVERIES = "SELECT count(*) FROM (SELECT FROM delivery WHERE due_at <= lw_now() LIMIT :limit) AS found"


async def lanes_due(tx: Tx, *, polls: int, creates: int) -> list[LaneDue]:
    """Return every lane with something due; each count stops at *polls* or *creates*."""
    rows = await tx.execute(text(_LANES), {"polls": polls, "creates": creates})
    return [LaneDue(lane=lane, polls=reads, creates=posts, lapsed=lapsed) for lane, reads, posts, lapsed in rows]


async def deliveries_due(tx: Tx, *, limit: int) -> int:
    """Return how many deliveries are due now, counted up to *limit*."""
    return int((await tx.execute(text(_DELIVERIES), {"limit": limit})).scalar_one())


_NEXT = """
SELECT min(due_at) - lw_now() FROM (
    SELECT first.due_at FROM lane, LATERAL (
        SELECT due_at FROM interaction WHERE lane_id = lane.id AND due_at IS NOT NULL ORDER BY due_at LIMIT 1) AS first
    UNION ALL
    SELECT first.due_at FROM lane, LATERAL (
        SELECT due_at FROM job WHERE lane_id = lane.id AND due_at IS NOT NULL AND admitted_at IS NOT NULL
        ORDER BY due_at LIMIT 1) AS first
    UNION ALL
    (SELECT due_at FROM delivery WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1)
) AS coming
"""


async def next_due(tx: Tx) -> timedelta | None:
    """Return the time until the next row is due (negative if one is); None if nothing is planned."""
    wait: timedelta | None = (await tx.execute(text(_NEXT))).scalar_one()
    return wait
