"""How is a cancel asked for? In the job's row, seen by whoever works on it; at once where nothing runs upstream."""

import uuid
from typing import assert_never

from longwatch.domain.errors import ConflictError, GoneError, NotFoundError
from longwatch.domain.events import EventType, NewEvent
from longwatch.domain.states import TERMINAL, Status
from longwatch.store import door
from longwatch.store.claims import Held
from longwatch.store.door import AT_REST, NO_ATTENTION, NOW, Change, Locked, Sql
from longwatch.store.engine import Tx
from longwatch.store.statements import text

_WAKE = """
UPDATE interaction SET cancel_requested_at = coalesce(cancel_requested_at, lw_now()), wake = wake + 1,
    due_at = CASE WHEN claimed_at IS NULL THEN lw_now() ELSE due_at END
WHERE id = :id AND ended_at IS NULL
"""


_WOKEN = {
    "wake": Sql("wake + 1"),
    "due_at": Sql("CASE WHEN claimed_at IS NULL THEN lw_now() ELSE due_at END"),
}


async def request_cancel(tx: Tx, project: str, job_id: uuid.UUID) -> Status:
    """Ask for *job_id* to be cancelled and return its state now; asking twice is the same as once.

    Raise NotFoundError, GoneError (deleted) or ConflictError (it has ended otherwise).
    """
    job = await owned(tx, project, job_id)
    if job.status is Status.CANCELLED:
        return job.status
    if job.status in TERMINAL:
        raise ConflictError(f"The job has ended as {job.status}: there is nothing to cancel. Retry makes a new job.")
    return await cancel_locked(tx, job)


async def owned(tx: Tx, project: str, job_id: uuid.UUID) -> Locked:
    """Lock and return the project's job; raise NotFoundError or GoneError."""
    job = await door.lock(tx, job_id)
    if job is None or job.project != project:
        raise NotFoundError("No such job in this project. Check the id, and that the key belongs to its project.")
    if job.deleted:
        raise GoneError("The job was deleted; only its id and clocks are kept.")
    return job


async def cancel_locked(tx: Tx, job: Locked) -> Status:
    """Cancel a living, locked job: at once if nothing can be running upstream, else through its worker."""
    if not job.cancel_requested:
        asked = {"cancel_requested_at": NOW, **(_WOKEN if job.status is Status.SUBMITTING else {})}
        event = NewEvent(EventType.CANCEL_REQUESTED, {"status": job.status.value})
        await door.change(tx, Change(job_id=job.id, event=event, fields=asked))
    match job.status:
        case Status.QUEUED | Status.WAITING | Status.REQUIRES_ACTION:
            return await _at_once(tx, job)
        case Status.SUBMITTING:
            return await _submitting(tx, job)
        case Status.IN_PROGRESS:
            await tx.execute(text(_WAKE), {"id": job.interaction_id})
            return job.status
        case Status.COMPLETED | Status.FAILED | Status.CANCELLED | Status.INCOMPLETE:
            return job.status
        case Status.BUDGET_EXCEEDED | Status.EXPIRED:
            return job.status
    assert_never(job.status)


async def _at_once(tx: Tx, job: Locked, *, keep_mark: bool = False) -> Status:
    fields = {**AT_REST, **({} if keep_mark else NO_ATTENTION), "finished_at": NOW}
    event = NewEvent(EventType.CANCELLED, {"error": None})
    await door.change(tx, Change(job_id=job.id, to=Status.CANCELLED, event=event, fields=fields))
    return Status.CANCELLED


_OUTCOME = "SELECT create_outcome FROM interaction WHERE id = :id"


async def _submitting(tx: Tx, job: Locked) -> Status:
    outcome = (await tx.execute(text(_OUTCOME), {"id": job.interaction_id})).scalar_one()
    if outcome == "unknown":
        return await _at_once(tx, job, keep_mark=True)
    return job.status


_SENT = """
UPDATE interaction SET cancel_sent_at = lw_now() WHERE id = :id AND claim = :claim AND claimed_at IS NOT NULL
"""


async def cancel_sent(tx: Tx, held: Held) -> None:
    """Write that the upstream has heard the wish; the lease goes on."""
    await tx.execute(text(_SENT), {"id": held.id, "claim": held.claim})
