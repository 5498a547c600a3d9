"""How is a run kept that was not made by a worker? With a job of its own, or as the next run of one that waited for it.

A call that was passed through is written when it is over, in one transaction: no scheduler sees it on the way.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from longwatch.domain.actions import Asked
from longwatch.domain.events import ENDINGS, EventType, NewEvent
from longwatch.domain.states import TERMINAL, Status
from longwatch.store import actions, door, endings, inserting, turns
from longwatch.store.door import AT_REST, NO_ATTENTION, NOW, Change, Sql, after
from longwatch.store.endings import Derivation
from longwatch.store.engine import Tx, storable
from longwatch.store.inserting import NewJob
from longwatch.store.statements import text
from longwatch.store.turns import Turn
from longwatch.store.vault import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedRun:
    """A run that is over, or (None for *status*) that goes on upstream and is to be watched from now on."""

    id: uuid.UUID
    upstream_id: str
    status: Status | None
    upstream_status: str | None
    raw: Kept
    content_type: str
    derivation: Derivation = field(repr=False)
    asked: Asked = field(repr=False)
    error: Mapping[str, Any] | None = None
    events: Sequence[bytes] = field(default=(), repr=False)


_RUN = """
INSERT INTO interaction (id, job_id, lane_id, attempt, role, running, create_outcome, upstream_id, upstream_status,
    answered_at, ended_at, due_at, deadline_at, stream_sealed_at)
SELECT :id, job.id, job.lane_id, job.attempt, CASE WHEN :over THEN 'collect' ELSE 'live' END, NOT :over, 'accepted',
    :upstream_id, :upstream_status, lw_now(), CASE WHEN :over THEN lw_now() END,
    CASE WHEN :over THEN NULL ELSE lw_now() END,
    CASE WHEN :over THEN NULL ELSE lw_now() + make_interval(secs => job.deadline_seconds) END,
    CASE WHEN :streamed THEN lw_now() END
FROM job WHERE job.id = :job_id
"""
_RESULT = """
INSERT INTO result (interaction_id, job_id, raw, sealed, content_type, readable)
VALUES (:id, :job_id, :raw, :sealed, :content_type, true)
"""
_EVENTS = """
INSERT INTO stream_event (interaction_id, position, data)
SELECT :id, number - 1, data FROM unnest(CAST(:events AS bytea[])) WITH ORDINALITY AS given (data, number)
"""


async def record(tx: Tx, job: NewJob, run: PassedRun) -> None:
    """Keep *run* with a job of its own."""
    await inserting.insert(tx, [job])
    await _write(tx, job.id, run)


async def record_next(tx: Tx, job_id: uuid.UUID, turn: Turn, run: PassedRun) -> bool:
    """Keep *run* as the next one of a job that waits for *turn*; False if it does not."""
    job = await door.lock(tx, job_id)
    if job is None or not turns.asks(job, turn.after):
        return False
    await turns.keep(tx, job_id, turn)
    await door.change(tx, Change(job_id=job_id, to=Status.QUEUED, fields=AT_REST))
    await _write(tx, job_id, run)
    return True


async def _write(tx: Tx, job_id: uuid.UUID, run: PassedRun) -> None:
    meant = {**AT_REST, "interaction_id": run.id, "next_interaction_id": None, "admitted_at": NOW}
    await door.change(tx, Change(job_id=job_id, to=Status.SUBMITTING, fields=meant))
    await _write_run(tx, job_id, run)
    started = {"started_at": Sql("coalesce(started_at, lw_now())"), "creates": Sql("creates + 1")}
    event = NewEvent(EventType.STARTED, {})
    await door.change(tx, Change(job_id=job_id, to=Status.IN_PROGRESS, event=event, fields=started))
    if run.status is not None:
        await _end(tx, job_id, run, run.status)


async def _write_run(tx: Tx, job_id: uuid.UUID, run: PassedRun) -> None:
    values = {
        "id": run.id,
        "job_id": job_id,
        "upstream_id": run.upstream_id,
        "upstream_status": run.upstream_status and storable(run.upstream_status),
        "over": run.status is not None,
        "streamed": bool(run.events),
    }
    await tx.execute(text(_RUN), values)
    if run.events:
        await tx.execute(text(_EVENTS), {"id": run.id, "events": list(run.events)})


async def _end(tx: Tx, job_id: uuid.UUID, run: PassedRun, status: Status) -> None:
    result = {"id": run.id, "job_id": job_id, "raw": run.raw.data, "sealed": run.raw.sealed}
    await tx.execute(text(_RESULT), {**result, "content_type": run.content_type})
    await endings.derived(tx, run.id, run.derivation)
    if status not in TERMINAL:
        await _ask(tx, job_id, run)
        return
    usage = run.derivation.usage
    event = NewEvent(ENDINGS[status], {"error": run.error, "usage": usage})
    fields = {**AT_REST, **NO_ATTENTION, "finished_at": NOW, "error": run.error, "usage": usage}
    await door.change(tx, Change(job_id=job_id, to=status, event=event, fields=fields))


async def _ask(tx: Tx, job_id: uuid.UUID, run: PassedRun) -> None:
    """Have the job wait for the answer that its caller gives with the next call."""
    job = await door.lock(tx, job_id)
    seconds = 0 if job is None else job.action_deadline_seconds
    fields = {"due_at": after(timedelta(seconds=seconds))}
    await actions.ask(tx, interaction_id=run.id, job_id=job_id, asked=run.asked)
    event = NewEvent(EventType.REQUIRES_ACTION, {"action": run.asked})
    await door.change(tx, Change(job_id=job_id, to=Status.REQUIRES_ACTION, event=event, fields=fields))
