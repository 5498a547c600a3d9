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


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due now: lane by lane, and how many deliveries, counted up to the cap that was asked for.

    *wait* is the time until the next row is due: negative if one is, None if nothing is planned.
    """

    lanes: list[LaneDue]
    deliveries: int
    wait: timedelta | None


_LANES = """
SELECT lane.id AS lane, polls.due AS polls, creates.due AS creates, lapsed.found AS lapsed,
    NULL AS deliveries, NULL AS wait
FROM lane
CROSS JOIN LATERAL (SELECT count(*) AS due FROM (
    SELECT FROM interaction WHERE lane_id = lane.id AND due_at <= lw_now() LIMIT :polls) AS found) AS polls
CROSS JOIN LATERAL (SELECT count(*) AS due FROM (
    SELECT FROM job WHERE lane_id = lane.id AND due_at <= lw_now() AND admitted_at IS NOT NULL LIMIT :creates
    ) AS found) AS creates
CROSS JOIN LATERAL (SELECT EXISTS (
    SELECT FROM job WHERE lane_id = lane.id AND due_at <= lw_now() AND admitted_at IS NOT NULL
        AND claimed_at IS NOT NULL) AS found) AS lapsed
WHERE polls.due > 0 OR creates.due > 0
"""
_DELIVERIES = "SELECT count(*) FROM (SELECT FROM delivery WHERE due_at <= lw_now() LIMIT :deliveries) AS found"
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
_LOOK = f"""
{_LANES}
UNION ALL
SELECT NULL, NULL, NULL, NULL, ({_DELIVERIES}), ({_NEXT})
ORDER BY lane NULLS LAST
"""


async def look(tx: Tx, *, polls: int, creates: int, deliveries: int) -> Due:
    """Return what is due in every lane with something due; each count stops at *polls*, *creates* or *deliveries*."""
    values = {"polls": polls, "creates": creates, "deliveries": deliveries}
    *lanes, rest = (await tx.execute(text(_LOOK), values)).all()
    found = [LaneDue(lane=row.lane, polls=row.polls, creates=row.creates, lapsed=row.lapsed) for row in lanes]
    return Due(lanes=found, deliveries=rest.deliveries, wait=rest.wait)
