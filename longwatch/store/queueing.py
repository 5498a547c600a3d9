"""Where in its queue does a job stand? Counted by index, up to a bound."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from longwatch.domain.hazard import EDGES, Hazard
from longwatch.domain.learned import ENOUGH
from longwatch.domain.queueing import Queue, expected_wait
from longwatch.domain.shares import Limits
from longwatch.store.engine import Tx
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text

COUNTED_UP_TO = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A job's place among those of its project that wait for room: 1 is next. No time while too little is known."""

    position: int
    expected_start_at: datetime | None


_PLACE = """
SELECT lane.project, lane.upstream_key, lane.agent, lw_now() AS now, ahead.number + 1 AS position,
    (SELECT sum(running) FROM lane AS other WHERE other.project = lane.project) AS running,
    (SELECT count(DISTINCT project) FROM lane AS other WHERE running > 0 OR other.project = lane.project) AS sharing,
    (SELECT rates FROM hazard WHERE hazard.agent = lane.agent AND ends >= :enough) AS rates
FROM job AS mine JOIN lane ON lane.id = mine.lane_id
CROSS JOIN LATERAL (SELECT count(*) AS number FROM (
    SELECT FROM lane AS other CROSS JOIN generate_series(mine.priority, 9) AS level CROSS JOIN LATERAL (
        SELECT FROM job
        WHERE job.lane_id = other.id AND job.priority = level AND job.due_at <= lw_now() AND job.admitted_at IS NULL
            AND (level > mine.priority OR (job.due_at, job.id) < (mine.due_at, mine.id))
        LIMIT :most
    ) AS found
    WHERE other.project = lane.project AND other.pause_code IS NULL
    LIMIT :most
) AS counted) AS ahead
WHERE mine.id = :id AND mine.status = 'queued' AND mine.admitted_at IS NULL AND mine.due_at <= lw_now()
"""


async def place(tx: Tx, job_id: uuid.UUID, limits: Limits) -> Place | None:
    """Return where the job stands and when it may expect to start; None if it does not wait for room."""
    values = {"id": job_id, "most": COUNTED_UP_TO, "enough": ENOUGH}
    row = (await tx.execute(text(_PLACE), values)).mappings().first()
    return None if row is None else Place(position=row["position"], expected_start_at=_expected(row, limits))


def _expected(row: RowMapping, limits: Limits) -> datetime | None:
    rates = row["rates"]
    if rates is None or len(rates) != len(EDGES) - 1:
        return None
    queue = Queue(
        position=row["position"],
        project=row["project"],
        upstream_key=row["upstream_key"],
        agent=row["agent"],
        running=row["running"],
        sharing=row["sharing"],
    )
    now: datetime = row["now"]
    return now + expected_wait(queue, limits, Hazard(tuple(rates)))
