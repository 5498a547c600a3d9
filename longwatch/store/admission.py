"""Which queued jobs may start now? As many as the limits leave room for, in fair shares and by priority."""

from collections.abc import Sequence
from dataclasses import dataclass

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
TAKEN = "SELECT coalesce(sum(running), 0) FROM lane"
"""How many are let in or at work, as SQL: counted in their lanes by triggers, when what changes it is committed."""
# Counted no more: creates whose outcome has been unknown for as long as a run could take.
_OF_OLD = "running AND create_outcome = 'unknown' AND intent_at < lw_now() - :lapse"
_LAPSED = f"SELECT FROM interaction WHERE {_OF_OLD}"
_LAPSE = f"UPDATE interaction SET running = false WHERE {_OF_OLD}"  # noqa: S608
_PROBED = "pause_code IS NOT NULL AND paused_until <= lw_now()"
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

# What runs is counted with the lanes, and what is seldom to be done is asked for with them: one look says it all.
_LANES = f"""
SELECT id, project, upstream_key, agent, running, {CEILING} AS most, {_PROBED} AS probed,
    (SELECT EXISTS ({_LAPSED})) AS lapsed
FROM lane
"""  # noqa: S608
_WAITING = f"""
SELECT first.id, lane.id AS lane, first.priority, first.due_at
FROM lane CROSS JOIN LATERAL (
    SELECT * FROM {_FIRST.format(limit=":each")} ORDER BY first.priority DESC, first.due_at, first.id LIMIT :each
) AS first
WHERE lane.pause_code IS NULL AND coalesce(lane.slowed_until <= lw_now(), true) AND {FREE}
"""  # noqa: S608
_LOAD = ("id", "project", "upstream_key", "agent", "running", "most")
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
    look = await _look(tx)
    if look.lapsed:
        await tx.execute(text(_LAPSE), {"lapse": COUNTS_AS_RUNNING})
        look = await _counted_now(tx)
    probes = 0
    if look.probed and look.room(limits) > 0:
        probes = (await tx.execute(text(_PROBE), {"room": look.room(limits)})).rowcount
        look = await _counted_now(tx)
    return probes + await _let_in(tx, limits, look)


@dataclass(frozen=True, slots=True)
class _Look:
    """Every lane with what it has at work; whether creates are to be counted no more, or a pause may be over."""

    lanes: Sequence[LaneLoad]
    probed: bool
    lapsed: bool

    def room(self, limits: Limits) -> int:
        return limits.total - sum(lane.running for lane in self.lanes)


async def _look(tx: Tx) -> _Look:
    rows = (await tx.execute(text(_LANES), {"lapse": COUNTS_AS_RUNNING})).mappings().all()
    return _Look(
        lanes=[LaneLoad(**{name: row[name] for name in _LOAD}) for row in rows],
        probed=any(row["probed"] for row in rows),
        lapsed=any(row["lapsed"] for row in rows),
    )


async def _counted_now(tx: Tx) -> _Look:
    await tx.execute(text(_COUNT_NOW))
    return await _look(tx)


async def _let_in(tx: Tx, limits: Limits, look: _Look) -> int:
    room = look.room(limits)
    if room <= 0:
        return 0
    each = {"each": min(room, most_of_each(len(look.lanes)))}
    waiting = [Candidate(**row) for row in (await tx.execute(text(_WAITING), each)).mappings()]
    ids = chosen(limits, look.lanes, waiting)
    return (await tx.execute(text(_ADMIT), {"ids": ids})).rowcount if ids else 0


async def running(tx: Tx) -> int:
    """Return how many interactions run upstream, or may, as admission counts them."""
    return int((await tx.execute(text(RUNNING), {"lapse": COUNTS_AS_RUNNING})).scalar_one())


_LATE = """
SELECT id FROM job WHERE status = 'queued' AND start_deadline_at <= lw_now()
ORDER BY start_deadline_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
"""
_TO_DO = f"""
SELECT EXISTS ({_WAITING.replace(":each", "1")}) OR EXISTS ({_LAPSED})
        OR EXISTS (SELECT FROM lane WHERE {_PROBED}) AS admit,
    EXISTS (SELECT FROM job WHERE status = 'queued' AND start_deadline_at <= lw_now()) AS expire
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class ToDo:
    """Whether `admit` may find something to do, and whether `expire_unstarted` does."""

    admit: bool
    expire: bool


async def to_do(tx: Tx) -> ToDo:
    """Return what there may be to do: mostly nothing, and then this one statement is all."""
    return ToDo(*(await tx.execute(text(_TO_DO), {"lapse": COUNTS_AS_RUNNING})).one())


async def expire_unstarted(tx: Tx, *, limit: int) -> int:
    """End queued jobs whose start deadline has passed; return how many."""
    late = (await tx.execute(text(_LATE), {"limit": limit})).scalars().all()
    message = "The job could not start before its start deadline."
    for job_id in late:
        await expire(tx, job_id, source=Status.QUEUED, code="start_deadline", message=message)
    return len(late)
