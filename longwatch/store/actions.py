"""How is a run answered that waits for somebody? Once: the turn is kept, and its job goes on with another run."""

import uuid
from dataclasses import dataclass

from longwatch.domain.actions import Asked
from longwatch.domain.errors import ConflictError
from longwatch.domain.states import Status
from longwatch.store import door
from longwatch.store.cancelling import cancel_locked, owned
from longwatch.store.door import NOW, Change, Locked, anew
from longwatch.store.engine import Tx, jsonb
from longwatch.store.statements import text

_ASK = """
INSERT INTO action (interaction_id, job_id, asked) VALUES (:interaction_id, :job_id, CAST(:asked AS jsonb))
ON CONFLICT (interaction_id) DO NOTHING
"""
_ASKED = "SELECT asked FROM action WHERE interaction_id = :interaction_id"
_GIVEN = "SELECT true FROM action WHERE job_id = :job_id AND answer_hash = :answer_hash LIMIT 1"
_ANSWER = """
UPDATE action SET answer_hash = :answer_hash, turn = CAST(:turn AS jsonb), answered_at = lw_now()
WHERE interaction_id = :interaction_id
"""


async def ask(tx: Tx, *, interaction_id: uuid.UUID, job_id: uuid.UUID, asked: Asked) -> None:
    """Keep what the run asks for."""
    await tx.execute(text(_ASK), {"interaction_id": interaction_id, "job_id": job_id, "asked": jsonb(asked)})


@dataclass(frozen=True, slots=True)
class Question:
    """What a locked job asks for."""

    job: Locked
    asked: Asked


async def question(tx: Tx, project: str, job_id: uuid.UUID, *, answer_hash: bytes) -> Question | None:
    """Return what the job asks for, locked; None if it has had this very answer before.

    Raise NotFoundError, GoneError or ConflictError (it asks for nothing). Calls have ids of their own, so the same
    results are the same answer for ever; the same word on a plan is a new one if there is a new plan.
    """
    job = await owned(tx, project, job_id)
    values = {"job_id": job_id, "answer_hash": answer_hash}
    given = (await tx.execute(text(_GIVEN), values)).scalar_one_or_none() is not None
    asked = await _asked(tx, job)
    if given and (asked is None or asked["type"] == "function_calls"):
        return None
    if asked is None:
        raise ConflictError(f"The job is {job.status}: it asks for nothing, or has been answered. Read it again.")
    return Question(job, asked)


async def _asked(tx: Tx, job: Locked) -> Asked | None:
    if job.status is not Status.REQUIRES_ACTION:
        return None
    asked: Asked | None = (await tx.execute(text(_ASKED), {"interaction_id": job.interaction_id})).scalar_one_or_none()
    return asked


async def answer(tx: Tx, asked: Question, *, turn: Asked, answer_hash: bytes) -> None:
    """Queue the job for the interaction that carries *turn*."""
    await _keep(tx, asked.job, turn=turn, answer_hash=answer_hash)
    fields = {"claimed_at": None, "admitted_at": None, "due_at": NOW, **anew()}
    change = Change(job_id=asked.job.id, to=Status.QUEUED, expect=(Status.REQUIRES_ACTION,), fields=fields)
    await door.change(tx, change)


async def reject(tx: Tx, asked: Question, *, answer_hash: bytes) -> None:
    """Cancel the job: nobody wants its plan carried out."""
    await _keep(tx, asked.job, turn=None, answer_hash=answer_hash)
    await cancel_locked(tx, asked.job)


async def _keep(tx: Tx, job: Locked, *, turn: Asked | None, answer_hash: bytes) -> None:
    values = {"interaction_id": job.interaction_id, "answer_hash": answer_hash}
    await tx.execute(text(_ANSWER), values | {"turn": None if turn is None else jsonb(turn)})
