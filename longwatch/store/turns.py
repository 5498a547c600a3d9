"""How does a job go on that stopped to ask something? With a turn at the door: the input of its next run."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from longwatch.domain import ids
from longwatch.domain.states import Status
from longwatch.store import door
from longwatch.store.door import NOW, Change, Locked, anew
from longwatch.store.engine import Tx, jsonb
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is said to the run *after*, and a hash of it: said twice, it is said once.

    *planning* says whether what follows a plan is another one; None where there was no plan.
    """

    after: uuid.UUID
    input: Any = field(repr=False)
    digest: bytes
    planning: bool | None = None


_KEEP = """
INSERT INTO action (interaction_id, job_id, asked, answer_hash, turn, answered_at)
VALUES (:id, :job_id, '{}', :digest, CAST(:turn AS jsonb), lw_now())
ON CONFLICT (interaction_id) DO UPDATE
    SET answer_hash = excluded.answer_hash, turn = excluded.turn, answered_at = excluded.answered_at
"""
_SAID = """
SELECT coalesce(
    (SELECT id FROM interaction WHERE job_id = job.id AND id > :id AND role <> 'orphan' ORDER BY id LIMIT 1),
    job.next_interaction_id)
FROM job JOIN action ON action.job_id = job.id AND action.interaction_id = :id
WHERE job.id = :job_id AND action.answer_hash = :digest
"""


async def take(tx: Tx, job_id: uuid.UUID, turn: Turn) -> uuid.UUID | None:
    """Queue the job for the run that takes *turn*, and return that run's id; None if nothing was asked there.

    The same turn again returns the same run.
    """
    job = await door.lock(tx, job_id)
    values = {"id": turn.after, "job_id": job_id, "digest": turn.digest}
    said: uuid.UUID | None = (await tx.execute(text(_SAID), values)).scalar_one_or_none()
    if said is not None or job is None or not asks(job, turn.after):
        return said
    await keep(tx, job_id, turn)
    planned = ids.new()
    again = {"claimed_at": None, "admitted_at": None, "due_at": NOW, **anew(), "next_interaction_id": planned}
    await door.change(tx, Change(job_id=job_id, to=Status.QUEUED, fields=again))
    return planned


async def keep(tx: Tx, job_id: uuid.UUID, turn: Turn) -> None:
    """Write down what was said to a run that asked."""
    plan = {} if turn.planning is None else {"collaborative_planning": turn.planning}
    said = jsonb({"input": turn.input, **plan})
    await tx.execute(text(_KEEP), {"id": turn.after, "job_id": job_id, "digest": turn.digest, "turn": said})


def asks(job: Locked, interaction_id: uuid.UUID) -> bool:
    """Return whether *job* waits for an answer to this interaction."""
    return job.status is Status.REQUIRES_ACTION and job.interaction_id == interaction_id and not job.deleted
