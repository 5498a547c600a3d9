"""Does work move? How late the oldest due row of each lane is, and how much there is of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from longwatch.domain.attention import AttentionCode
from longwatch.domain.states import Status
from longwatch.store import admission
from longwatch.store.engine import Tx
from longwatch.store.pausing import FREE
from longwatch.store.statements import text

Queue = Literal["create", "poll", "deliver"]

COUNTED_UP_TO = 100_000
"""Counting stops here, so that a scrape stays cheap however many jobs there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """The age of the oldest row that is due and unclaimed in one queue of one lane."""

    queue: Queue
    project: str | None
    upstream_key: str | None
    agent: str | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is, counted up to a bound."""

    jobs: dict[Status, int]
    running: int
    unknown_creates: int
    deliveries_pending: int
    deliveries_exhausted: int
    lanes_stopped: int
    lanes_slowed: int
    lanes_miscounted: int
    installation_pauses: int
    project_pauses: int
    attention: dict[AttentionCode, int]


# A person's pause stops creating only; a lane whose key was refused is left out whole.
_OVERDUE = f"""
SELECT 'create' AS queue, project, upstream_key, agent, extract(epoch FROM lw_now() - oldest.due_at) AS seconds
FROM lane CROSS JOIN LATERAL (
    SELECT due_at FROM job WHERE lane_id = lane.id AND due_at IS NOT NULL AND admitted_at IS NOT NULL
    ORDER BY due_at LIMIT 1
) AS oldest
WHERE oldest.due_at < lw_now() AND lane.pause_code IS NULL AND {FREE}
UNION ALL
SELECT 'poll', project, upstream_key, agent, extract(epoch FROM lw_now() - oldest.due_at)
FROM lane CROSS JOIN LATERAL (
    SELECT due_at FROM interaction WHERE lane_id = lane.id AND due_at IS NOT NULL ORDER BY due_at LIMIT 1
) AS oldest
WHERE oldest.due_at < lw_now() AND lane.pause_code IS NULL
UNION ALL
SELECT 'deliver', NULL, NULL, NULL, extract(epoch FROM lw_now() - oldest.due_at)
FROM (SELECT due_at FROM delivery WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1) AS oldest
WHERE oldest.due_at < lw_now()
"""  # noqa: S608
_JOBS = """
SELECT wanted.status, sum(counted.number) FROM unnest(CAST(:statuses AS text[])) AS wanted (status)
CROSS JOIN (SELECT DISTINCT project FROM lane) AS known
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM (
        SELECT FROM job WHERE job.project = known.project AND job.status = wanted.status LIMIT :bound
    ) AS bounded
) AS counted
GROUP BY wanted.status
"""
_REST = """
SELECT (SELECT count(*) FROM job WHERE attention_code = 'submit_unknown' AND status = 'submitting') AS unknown_creates,
    (SELECT count(*) FROM (SELECT FROM delivery WHERE due_at IS NOT NULL LIMIT :bound) AS due) AS deliveries_pending,
    (SELECT count(*) FROM (SELECT FROM delivery WHERE status = 'exhausted' LIMIT :bound) AS spent)
        AS deliveries_exhausted,
    (SELECT count(*) FROM lane WHERE pause_code IS NOT NULL) AS lanes_stopped,
    (SELECT count(*) FROM lane WHERE slowed_until > lw_now()) AS lanes_slowed,
    (SELECT count(*) FROM lane WHERE miscounted_at > lw_now() - interval '1 h') AS lanes_miscounted,
    (SELECT count(*) FROM pause WHERE project IS NULL) AS installation_pauses,
    (SELECT count(*) FROM pause WHERE project IS NOT NULL) AS project_pauses
"""

_ATTENTION = """
SELECT attention_code, count(*) FROM job
WHERE attention_code IS NOT NULL AND finished_at IS NULL GROUP BY attention_code
"""


async def overdue(tx: Tx) -> Sequence[Overdue]:
    """Return every queue of every lane in which something is due that nobody has claimed."""
    return [
        Overdue(**{**row, "seconds": float(row["seconds"])}) for row in (await tx.execute(text(_OVERDUE))).mappings()
    ]


async def counts(tx: Tx) -> Counts:
    """Return how many jobs there are in each state, and what else a chart wants."""
    wanted = {"statuses": [status.value for status in Status], "bound": COUNTED_UP_TO}
    jobs = dict.fromkeys(Status, 0) | {
        Status(status): int(number) for status, number in await tx.execute(text(_JOBS), wanted)
    }
    rest = (await tx.execute(text(_REST), {"bound": COUNTED_UP_TO})).mappings().one()
    marks = {AttentionCode(code): int(number) for code, number in await tx.execute(text(_ATTENTION))}
    attention = dict.fromkeys(AttentionCode, 0) | marks
    return Counts(jobs=jobs, running=await admission.running(tx), attention=attention, **rest)
