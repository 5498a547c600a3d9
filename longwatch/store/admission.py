"""Which queued jobs may start now? As many as the limits leave room for, in fair shares and by priority."""

from longwatch.domain.shares import Candidate, LaneLoad, Limits, chosen, most_of_each
from longwatch.domain.states import Status
from longwatch.domain.unknown_submit import COUNTS_AS_RUNNING
from longwatch.store.engine import Tx
from longwatch.store.expiring import expire
from longwatch.store.lanes import CEILING
from longwatch.store.pausing import ADMISSION, FREE
from longwatch.store.statements import text

_LOCK = f"SELECT pg_try_advisory_xact_lock({ADMISSION})"

RUNNING = """
SELECT count(*) FROM interaction
WHERE running AND NOT (create_outcome IS NOT DISTINCT FROM 'unknown' AND intent_at < lw_now() - :lapse)
"""
# What has been let in or runs is counted in its lane by triggers, at the end of the transaction that changes it.
TAKEN = "SELECT coalesce(sum(running), 0) FROM lane"
_LAPSE = """
UPDATE interaction SET running = false
WHERE running AND create_outcome = 'unknown' AND intent_at < lw_now() - :lapse
"""
_COUNT_NOW = "SET CONSTRAINTS ALL IMMEDIATE"

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

_LANES = f"SELECT id, project, upstream_key, agent, running, {CEILING} AS most FROM lane"  # noqa: S608
_WAITING = f"""
SELECT first.id, lane.id AS lane, first.priority, first.due_at
FROM lane CROSS JOIN LATERAL (
    SELECT * FROM {_FIRST.format(limit=":each")} ORDER BY first.priority DESC, first.due_at, first.id LIMIT :each
) AS first
WHERE lane.pause_code IS NULL AND coalesce(lane.slowed_until <= lw_now(), true) AND {FREE}
"""  # noqa: S608
_ADMIT = f"""
WITH chosen AS MATERIALIZED (SELECT unnest(CAST(:ids AS uuid[])) AS id){_LET_IN}
"""

_PROBE = f"""
WITH lapsed AS MATERIALIZED (
    UPDATE lane SET paused_until = lw_now() + interval '60 s'
    WHERE id IN (
        SELECT id FROM lane WHERE pause_code IS NOT NULL AND paused_until <= lw_now() AND {FREE}
        ORDER BY paused_until LIMIT :room)
    RETURNING id
), chosen AS MATERIALIZED (
    SELECT DISTINCT ON (lane.id) first.id FROM lapsed AS lane CROSS JOIN {_FIRST.format(limit=1)}
    ORDER BY lane.id, first.priority DESC
){_LET_IN}
"""  # noqa: S608


async def admit(tx: Tx, limits: Limits) -> int:
    """Let queued jobs start until the *limits* are reached; return how many were let in.

    A lane whose key was refused lets in one job, as a probe, each time its pause is over. Only one process admits at
    a time; another's call meanwhile returns 0.
    """
    if not (await tx.execute(text(_LOCK))).scalar_one():
        return 0
    await _lapse(tx)
    room = limits.total - await _taken(tx)
    if room <= 0:
        return 0
    probes = (await tx.execute(text(_PROBE), {"room": room})).rowcount
    if probes:
        await tx.execute(text(_COUNT_NOW))
    return probes + await _let_in(tx, limits, room=room - probes)


async def _lapse(tx: Tx) -> None:
    """Count creates no more whose outcome has been unknown for as long as a run could take."""
    if (await tx.execute(text(_LAPSE), {"lapse": COUNTS_AS_RUNNING})).rowcount:
        await tx.execute(text(_COUNT_NOW))


async def _let_in(tx: Tx, limits: Limits, *, room: int) -> int:
    if room <= 0:
        return 0
    lanes = [LaneLoad(**row) for row in (await tx.execute(text(_LANES))).mappings()]
    each = {"each": min(room, most_of_each(len(lanes)))}
    waiting = [Candidate(**row) for row in (await tx.execute(text(_WAITING), each)).mappings()]
    ids = chosen(limits, lanes, waiting)
    return (await tx.execute(text(_ADMIT), {"ids": ids})).rowcount if ids else 0


async def running(tx: Tx) -> int:
    """Return how many interactions run upstream, or may, as admission counts them."""
    return int((await tx.execute(text(RUNNING), {"lapse": COUNTS_AS_RUNNING})).scalar_one())


async def _taken(tx: Tx) -> int:
    return int((await tx.execute(text(TAKEN))).scalar_one())


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
