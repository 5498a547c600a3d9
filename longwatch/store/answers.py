"""What did a create come to? Written by whoever holds the answer, however late; a stale worker's answer counts too.

Every function locks the job before its interaction.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from longwatch.domain import ids
from longwatch.domain.attention import Attention, AttentionCode
from longwatch.domain.events import ENDINGS, EventType, NewEvent
from longwatch.domain.states import Status
from longwatch.domain.unknown_submit import plan
from longwatch.store import door, lanes
from longwatch.store.creates import Intent
from longwatch.store.door import AT_REST, NO_ATTENTION, NOW, Along, Change, Changed, Locked, Sql, after, marked
from longwatch.store.engine import Tx, storable
from longwatch.store.statements import text

Fields = Mapping[str, Any]

AT_ONCE = timedelta(0)

_TAKE = """
UPDATE interaction SET upstream_id = :upstream_id, upstream_status = CAST(:status AS text), create_outcome = 'accepted',
    running = true, answered_at = coalesce(answered_at, lw_now()),
    candidate_upstream_id = nullif(candidate_upstream_id, :upstream_id),
    stream_due_at = (SELECT lw_now() FROM job WHERE job.id = interaction.job_id AND job.watch = 'stream'),
    deadline_at = coalesce(deadline_at, lw_now() + make_interval(secs => {deadline})),
    due_at = CASE WHEN claimed_at IS NOT NULL THEN due_at
        ELSE lw_now() + least(CAST(:delay AS interval), make_interval(secs => {deadline})) END, wake = wake + 1
WHERE id = :id AND (upstream_id IS NULL OR upstream_id = :upstream_id) AND answered_at IS NULL
"""
_ACCEPT = f"""
WITH before AS MATERIALIZED (SELECT create_outcome FROM interaction WHERE id = :id)
{_TAKE.format(deadline=":deadline")}
RETURNING (SELECT coalesce(create_outcome = 'unknown', false) FROM before) AS counted,
    (SELECT pause_code IS NOT NULL FROM lane WHERE lane.id = interaction.lane_id) AS stopped
"""  # noqa: S608
_OUTCOME = "SELECT create_outcome FROM interaction WHERE id = :id"
_ORPHAN = """
INSERT INTO interaction (id, job_id, lane_id, attempt, role, upstream_id, upstream_status, create_outcome,
                         answered_at, cancel_requested_at, delete_requested_at, due_at)
SELECT :new_id, job_id, lane_id, attempt, 'orphan', :upstream_id, :status, 'accepted',
       lw_now(), lw_now(), delete_requested_at, lw_now()
FROM interaction AS meant WHERE id = :id AND NOT EXISTS (
    SELECT FROM interaction WHERE job_id = meant.job_id AND upstream_id = :upstream_id)
RETURNING id
"""
_CAST_OFF = "UPDATE interaction SET role = 'orphan', cancel_requested_at = lw_now(), due_at = lw_now() WHERE id = :id"
_ASK_CANCEL = "UPDATE interaction SET cancel_requested_at = lw_now(), due_at = lw_now() WHERE id = :id"


# Nothing is written unless the job still means this POST and nothing else has happened: what was locked is changed.
_TAKE_AT_ONCE = f"""
owner AS MATERIALIZED (
    SELECT CASE WHEN CAST(:status AS text) = 'queued' THEN queued_deadline_seconds ELSE deadline_seconds END AS deadline
    FROM job WHERE id = :job_id AND interaction_id = :id AND status = ANY(:expect) AND cancel_requested_at IS NULL
    FOR NO KEY UPDATE
), taken AS (
    {_TAKE.format(deadline="(SELECT deadline FROM owner)")} AND create_outcome IS NULL AND EXISTS (SELECT FROM owner)
        AND NOT EXISTS (SELECT FROM lane WHERE lane.id = interaction.lane_id AND pause_code IS NOT NULL)
    RETURNING id
)
"""  # noqa: S608


async def accepted_at_once(
    tx: Tx, intent: Intent, *, attempt: int, upstream_id: str, upstream_status: str | None, delay: timedelta
) -> Changed | None:
    """Do what `accepted` does in one statement, which may also commit by itself.

    None, and nothing is written, if anything is not as it mostly is: then `accepted` is to be asked.
    """
    status = upstream_status and storable(upstream_status)
    values = {"id": intent.interaction_id, "upstream_id": upstream_id, "status": status, "delay": delay}
    along = Along(first=_TAKE_AT_ONCE, given="taken", values=values)
    return await door.change(tx, _started(intent, attempt=attempt, counted=False, along=along))


async def accepted(
    tx: Tx, intent: Intent, *, upstream_id: str, upstream_status: str | None, delay: timedelta
) -> Changed | None:
    """Write the id that the upstream gave. Never fenced: there is no list endpoint, a lost id is lost for ever.

    The job starts, unless it has ended or means another intent by now: then the run is an orphan, to be cancelled.
    A job that was about to be created again starts too: what it paid for is taken.
    Return the change of the job, if it started.
    """
    job = await door.lock(tx, intent.job_id)
    if job is None:
        return None
    status = upstream_status and storable(upstream_status)
    values = {"id": intent.interaction_id, "upstream_id": upstream_id, "status": status}
    timing = {"delay": delay, "deadline": _deadline(job, upstream_status)}
    taken = (await tx.execute(text(_ACCEPT), values | timing)).first()
    if taken is None:
        await _another_id(tx, job, values)
        return None
    if taken.stopped:
        await lanes.mend(tx, intent.lane_id)
    if _means(job, intent) or _means_none(job):
        return await _start(tx, job, intent, counted=taken.counted)
    await tx.execute(text(_CAST_OFF), {"id": intent.interaction_id})
    await _count_create(tx, job, counted=taken.counted)
    return None


def _deadline(job: Locked, upstream_status: str | None) -> int:
    return job.queued_deadline_seconds if upstream_status == "queued" else job.deadline_seconds


async def _was_counted(tx: Tx, intent: Intent) -> bool:
    outcome = await tx.execute(text(_OUTCOME), {"id": intent.interaction_id})
    return bool(outcome.scalar_one() == "unknown")


async def _another_id(tx: Tx, job: Locked, values: dict[str, Any]) -> None:
    made = (await tx.execute(text(_ORPHAN), values | {"new_id": ids.new()})).first()
    if made is not None:
        await _count_create(tx, job, counted=False)


async def _start(tx: Tx, job: Locked, intent: Intent, *, counted: bool) -> Changed | None:
    if job.cancel_requested:
        await tx.execute(text(_ASK_CANCEL), {"id": intent.interaction_id})
    return await door.change(tx, _started(intent, attempt=job.attempt, counted=counted))


def _started(intent: Intent, *, attempt: int, counted: bool, along: Along | None = None) -> Change:
    return Change(
        job_id=intent.job_id,
        to=Status.IN_PROGRESS,
        expect=(Status.SUBMITTING,) if along else None,
        event=NewEvent(EventType.STARTED, {"attempt": attempt}),
        fields={
            **AT_REST,
            **NO_ATTENTION,
            "interaction_id": intent.interaction_id,
            "started_at": Sql("coalesce(started_at, lw_now())"),
            "creates": _creates(counted=counted),
            "refusals": 0,
        },
        along=along,
    )


def _creates(*, counted: bool) -> Sql:
    return Sql("creates") if counted else Sql("creates + 1")


async def _count_create(tx: Tx, job: Locked, *, counted: bool) -> None:
    await door.change(tx, Change(job_id=job.id, fields={"creates": _creates(counted=counted)}))


_CLOSE = """
UPDATE interaction SET create_outcome = :outcome, running = false
WHERE id = :id AND upstream_id IS NULL AND (create_outcome IS NULL OR create_outcome = 'unknown')
    AND intent_claim = coalesce(:claim, intent_claim) RETURNING id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why a create made nothing upstream: the POST was not sent, or was refused."""

    sent: bool
    code: str
    message: str
    http_status: int | None = None

    @property
    def error(self) -> Fields:
        """Return it as a job's error."""
        return {"code": self.code, "message": self.message, "http_status": self.http_status}


async def rejected(tx: Tx, intent: Intent, why: Rejection, *, delay: timedelta | None) -> Changed | None:
    """Write that nothing was made: try again after *delay*, or (None) fail for good. A cancel that waited wins.

    Never fenced: it is knowledge, and only a job that still means this intent is moved by it.
    """
    job = await door.lock(tx, intent.job_id)
    if job is None:
        return None
    creates = _correction(why, counted=await _was_counted(tx, intent))
    outcome = "refused" if why.sent else "not_sent"
    values = {"id": intent.interaction_id, "outcome": outcome, "claim": intent.claim}
    if (await tx.execute(text(_CLOSE), values)).first() is None:
        return None
    if not _means(job, intent):
        return await door.change(tx, Change(job_id=job.id, fields={**creates, **_cleared(job, intent)}))
    if job.cancel_requested:
        return await _end(tx, job, Status.CANCELLED, error=None, fields=creates)
    if delay is None:
        return await _end(tx, job, Status.FAILED, error=why.error, fields=creates)
    return await _back_to_queue(tx, job, why, delay, fields=creates)


def _means(job: Locked, intent: Intent) -> bool:
    return job.status is Status.SUBMITTING and job.interaction_id == intent.interaction_id


def _means_none(job: Locked) -> bool:
    return job.status is Status.QUEUED and job.interaction_id is None


def _cleared(job: Locked, intent: Intent) -> Fields:
    marked_for_it = job.attention_code == AttentionCode.SUBMIT_UNKNOWN and job.interaction_id == intent.interaction_id
    return NO_ATTENTION if marked_for_it else {}


def _correction(why: Rejection, *, counted: bool) -> Fields:
    return {"creates": Sql(f"creates + {int(why.sent) - int(counted)}")}


async def _end(tx: Tx, job: Locked, to: Status, *, error: Fields | None, fields: Fields) -> Changed | None:
    event = NewEvent(ENDINGS[to], {"error": error})
    fields = {**AT_REST, **NO_ATTENTION, "finished_at": NOW, "error": error, **fields}
    return await door.change(tx, Change(job_id=job.id, to=to, event=event, fields=fields))


async def _back_to_queue(tx: Tx, job: Locked, why: Rejection, delay: timedelta, *, fields: Fields) -> Changed | None:
    waiting = {
        **NO_ATTENTION,
        "claimed_at": None,
        "admitted_at": None,
        "due_at": after(delay),
        "refusals": Sql("refusals + 1"),
        "queue_detail": storable(f"{why.code}: {why.message}"[:500]),
    }
    return await door.change(tx, Change(job_id=job.id, to=Status.QUEUED, fields={**waiting, **fields}))


async def lane_refused(
    tx: Tx, intent: Intent, why: Rejection, *, attention: AttentionCode, pause: timedelta
) -> Changed | None:
    """Write that the key, its billing or quota was refused: the job waits in its queue, the lane pauses, once aloud."""
    changed = await rejected(tx, intent, why, delay=timedelta(0))
    first = await lanes.trip(tx, intent.lane_id, code=attention.value, detail=why.message, pause=pause)
    if changed is None or changed.status is not Status.QUEUED:
        return changed
    mark = Attention(attention, storable(why.message))
    if first:
        return await _alarm(tx, intent.job_id, mark)
    return await door.change(tx, Change(job_id=intent.job_id, fields=marked(mark)))


async def _alarm(tx: Tx, job_id: uuid.UUID, attention: Attention) -> Changed | None:
    told = {"attention": {"code": attention.code.value, "detail": attention.detail}}
    return await door.change(
        tx, Change(job_id=job_id, event=NewEvent(EventType.ATTENTION, told), fields=marked(attention))
    )


_LOSE = """
UPDATE interaction SET create_outcome = 'unknown' WHERE id = :id AND create_outcome IS NULL RETURNING push_asked
"""


async def unknown(
    tx: Tx, intent: Intent, *, reason: str, hold: timedelta, push_wait: timedelta = AT_ONCE
) -> Changed | None:
    """Write that the POST may have been taken: show it, and wait as the job's policy says. Nothing is repeated here.

    If it asked the upstream to tell us of the run's end, that is waited for first, for *push_wait*.
    """
    job = await door.lock(tx, intent.job_id)
    lost = (await tx.execute(text(_LOSE), {"id": intent.interaction_id})).first()
    if job is None or lost is None:
        return None
    if not _means(job, intent):
        await _count_create(tx, job, counted=False)
        return None
    attention = Attention(AttentionCode.SUBMIT_UNKNOWN, storable(f"the answer to the create was lost ({reason})"))
    if job.cancel_requested:
        return await _cancel_unknown(tx, job, attention)
    return await _hold(tx, job, attention, hold=hold, push_wait=push_wait if lost.push_asked else AT_ONCE)


async def _cancel_unknown(tx: Tx, job: Locked, attention: Attention) -> Changed | None:
    fields = {**AT_REST, **marked(attention), "finished_at": NOW, "creates": Sql("creates + 1")}
    told = {"attention": {"code": attention.code.value, "detail": attention.detail}}
    return await door.change(
        tx,
        Change(job_id=job.id, to=Status.CANCELLED, event=NewEvent(EventType.CANCELLED, told), fields=fields),
    )


async def _hold(tx: Tx, job: Locked, attention: Attention, *, hold: timedelta, push_wait: timedelta) -> Changed | None:
    wait = plan(job.on_unknown_submit, attempt=job.attempt, hold=hold, push_wait=push_wait).wait
    changed = await _alarm(tx, job.id, attention)
    due = {
        "claimed_at": None,
        "creates": Sql("creates + 1"),
        "due_at": after(wait),
    }
    await door.change(tx, Change(job_id=job.id, fields=due))
    return changed
