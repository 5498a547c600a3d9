"""How is an unknown create decided? By a person or the job's policy, each decision an event; never in silence."""

import uuid
from dataclasses import dataclass
from typing import Any, Literal

from longwatch.domain import ids
from longwatch.domain.attention import AttentionCode
from longwatch.domain.errors import ConflictError
from longwatch.domain.events import EventType, NewEvent
from longwatch.domain.states import Status
from longwatch.store import answers, door
from longwatch.store.cancelling import owned
from longwatch.store.creates import Intent
from longwatch.store.door import AT_REST, NO_ATTENTION, NOW, Change, Locked, Sql
from longwatch.store.engine import Tx
from longwatch.store.statements import text

Way = Literal["resubmit", "fail", "attach"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is decided of an unknown create, and by whom; `attach` names the upstream's id."""

    way: Way
    by: str
    upstream_id: str | None = None


async def resolve(tx: Tx, project: str, job_id: uuid.UUID, decision: Decision) -> Status:
    """Decide the unknown create of *job_id*; return its state. Raise NotFoundError, GoneError or ConflictError."""
    return await _decide(tx, await owned(tx, project, job_id), decision)


async def conclude(tx: Tx, job_id: uuid.UUID, decision: Decision, *, claim: int | None = None) -> Status | None:
    """Decide as the job's policy says, once its wait is over; None if it has been decided meanwhile.

    *claim* fences the decision: it rests on what the job was when it was claimed.
    """
    job = await door.lock(tx, job_id)
    if job is None or (claim is not None and claim != job.claim):
        return None
    return await _decide(tx, job, decision) if await _undecided(tx, job) else None


_UNKNOWN = "SELECT create_outcome = 'unknown' FROM interaction WHERE id = :id"


async def _undecided(tx: Tx, job: Locked) -> bool:
    if job.status is not Status.SUBMITTING:
        return False
    return bool((await tx.execute(text(_UNKNOWN), {"id": job.interaction_id})).scalar_one_or_none())


async def _decide(tx: Tx, job: Locked, decision: Decision) -> Status:
    if not await _undecided(tx, job):
        raise ConflictError(
            f"The job is {job.status}, not held on an unknown create: there is nothing to resolve. "
            "GET /v1/jobs?attention=submit_unknown lists those that are.",
        )
    told = {"as": decision.way, "by": decision.by, "attempt": job.attempt}
    await door.change(tx, Change(job_id=job.id, event=NewEvent(EventType.RESOLVED, told)))
    match decision.way:
        case "resubmit":
            return await _resubmit(tx, job)
        case "fail":
            return await _fail(tx, job)
        case "attach":
            return await _attach(tx, job, decision.upstream_id or "")


async def _resubmit(tx: Tx, job: Locked) -> Status:
    fields: dict[str, Any] = {
        **NO_ATTENTION,
        "claimed_at": None,
        "admitted_at": None,
        "due_at": NOW,
        "attempt": Sql("attempt + 1"),
        "interaction_id": None,
        "next_interaction_id": ids.new(),
    }
    await door.change(tx, Change(job_id=job.id, to=Status.QUEUED, fields=fields))
    return Status.QUEUED


async def _fail(tx: Tx, job: Locked) -> Status:
    error = {
        "code": AttentionCode.SUBMIT_UNKNOWN.value,
        "message": "The answer to the create was lost: the run may exist upstream. Retry makes a new job.",
    }
    fields = {**AT_REST, "finished_at": NOW, "error": error}
    event = NewEvent(EventType.FAILED, {"error": error})
    await door.change(tx, Change(job_id=job.id, to=Status.FAILED, event=event, fields=fields))
    return Status.FAILED


_TAKEN = "SELECT FROM interaction WHERE upstream_id = :upstream_id"


async def _attach(tx: Tx, job: Locked, upstream_id: str) -> Status:
    assert job.interaction_id is not None
    if (await tx.execute(text(_TAKEN), {"upstream_id": upstream_id})).first() is not None:
        raise ConflictError("That interaction is known already, as another run. Attach the one that nobody reads.")
    intent = Intent(job_id=job.id, interaction_id=job.interaction_id, lane_id=job.lane_id)
    await answers.accepted(tx, intent, upstream_id=upstream_id, upstream_status=None, delay=answers.AT_ONCE)
    return Status.IN_PROGRESS
