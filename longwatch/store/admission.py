"""Which queued jobs may start now? As many as the limit leaves room for, highest priority first."""

from sqlalchemy import text

from longwatch.domain.states import Status
from longwatch.domain.unknown_submit import COUNTS_AS_RUNNING
from longwatch.store.engine import Tx
from longwatch.store.expiring import expire

_FREE = """
NOT EXISTS (
    SELECT FROM pause WHERE pause.project = lane.project
        AND (pause.agent IS NULL OR pause.agent = lane.agent)
        AND (pause.upstream_key IS NULL OR pause.upstream_key = lane.upstream_key))
"""
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('longwatch admission'))"

RUNNING = """
SELECT count(*) FROM interaction
WHERE running AND NOT (create_outcome IS NOT DISTINCT FROM 'unknown' AND intent_at < lw_now() - :lapse)
"""
ADMITTED = "SELECT count(*) FROM job WHERE due_at IS NOT NULL AND admitted_at IS NOT NULL AND status = 'queued'"
# One statement, so one snapshot: a job that is just being created is in one of the two, never in neither.
_TAKEN = f"SELECT ({RUNNING}) + ({ADMITTED})"

# One probe of the index for each lane and priority: lanes that are stopped, and jobs of another day, are not read.
_FIRST = """
generate_series(0, 9) AS level CROSS JOIN LATERAL (
    SELECT job.id, job.priority, job.due_at FROM job
    WHERE job.lane_id = lane.id AND job.priority = level AND job.due_at <= lw_now() AND job.admitted_at IS NULL
    ORDER BY job.due_at, job.id LIMIT {limit}) AS first
"""
_LET_IN = """
, ours AS MATERIALIZED (
    SELECT still.id FROM chosen CROSS JOIN LATERAL (
        SELECT job.id FROM job WHERE job.id = chosen.id AND job.due_at <= lw_now() AND job.admitted_at IS NULL
        FOR NO KEY UPDATE SKIP LOCKED) AS still
)
UPDATE job SET admitted_at = lw_now(), due_at = lw_now() FROM ours WHERE job.id = ours.id
"""

_ADMIT = f"""
WITH chosen AS MATERIALIZED (
    SELECT first.id FROM lane CROSS JOIN {_FIRST.format(limit=":room")}
    WHERE lane.pause_code IS NULL AND {_FREE}
    ORDER BY first.priority DESC, first.due_at, first.id LIMIT :room
){_LET_IN}
"""  # noqa: S608

_PROBE = f"""
WITH lapsed AS MATERIALIZED (
    UPDATE lane SET paused_until = lw_now() + interval '60 s'
    WHERE id IN (
        SELECT id FROM lane WHERE pause_code IS NOT NULL AND paused_until <= lw_now() AND {_FREE}
        ORDER BY paused_until LIMIT :room)
    RETURNING id
), chosen AS MATERIALIZED (
    SELECT DISTINCT ON (lane.id) first.id FROM lapsed AS lane CROSS JOIN {_FIRST.format(limit=1)}
    ORDER BY lane.id, first.priority DESC
){_LET_IN}
"""  # noqa: S608


async def admit(tx: Tx, *, limit: int) -> int:
    """Let queued jobs start until *limit* run or are about to; return how many were let in.

    A lane whose key was refused lets in one job, as a probe, each time its pause is over. Only one process admits at
    a time; another's call meanwhile returns 0.
    """
    if not (await tx.execute(text(_LOCK))).scalar_one():
        return 0
    room = limit - await _taken(tx)
    probes = await _let_in(tx, _PROBE, room)
    return probes + await _let_in(tx, _ADMIT, room - probes)


async def running(tx: Tx) -> int:
    """Return how many interactions run upstream, or may, as admission counts them."""
    return int((await tx.execute(text(RUNNING), {"lapse": COUNTS_AS_RUNNING})).scalar_one())


async def _taken(tx: Tx) -> int:
    return int((await tx.execute(text(_TAKEN), {"lapse": COUNTS_AS_RUNNING})).scalar_one())


async def _let_in(tx: Tx, statement: str, room: int) -> int:
    return (await tx.execute(text(statement), {"room": room})).rowcount if room > 0 else 0


_LATE = """
SELECT id FROM job WHERE status = 'queued' AND start_deadline_at <= lw_now()
ORDER BY start_deadline_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
"""


async def expire_unstarted(tx: Tx, *, limit: int) -> int:
    """End queued jobs whose start deadline has passed; return how many."""
    late = (await tx.execute(text(_LATE), {"limit": limit})).scalars().all()
    message = "The job could not start before its start deadline."
    for job_id in late:
        await expire(tx, job_id, source=Status.QUEUED, code="start_deadline", message=message)
    return len(late)
