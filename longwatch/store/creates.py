"""How is a create meant? One interaction row, committed just before its own POST."""

import uuid
from dataclasses import dataclass

from longwatch.domain import ids
from longwatch.domain.states import Status
from longwatch.store import door
from longwatch.store.claims import DueJob, StoredRequest, stored_request
from longwatch.store.door import Along, Change
from longwatch.store.engine import Tx
from longwatch.store.statements import text

_REQUEST = "SELECT body, secrets FROM job_request WHERE job_id = :job_id"
_SECRETS = "SELECT secrets FROM job_request WHERE job_id = :job_id"
_INTENT = """
meant AS (
    INSERT INTO interaction (id, job_id, lane_id, attempt, role, intent_claim, push_asked)
    SELECT :id, changed.id, :lane_id, :attempt, 'live', :fence, :push_asked FROM changed
    ON CONFLICT (id) DO UPDATE
        SET intent_at = lw_now(), intent_claim = excluded.intent_claim, create_outcome = NULL, running = true,
            push_asked = excluded.push_asked
)
"""


async def read_request(tx: Tx, job_id: uuid.UUID) -> StoredRequest | None:
    """Return what the producer asked for; None once it has been erased."""
    row = (await tx.execute(text(_REQUEST), {"job_id": job_id})).mappings().first()
    return None if row is None else stored_request(row)


async def read_secrets(tx: Tx, job_id: uuid.UUID) -> bytes | None:
    """Return the sealed secrets of a job's request; None if it has none, or has been erased."""
    sealed: bytes | None = (await tx.execute(text(_SECRETS), {"job_id": job_id})).scalar_one_or_none()
    return None if sealed is None else bytes(sealed)


async def intend(tx: Tx, job: DueJob, *, push_asked: bool = False) -> uuid.UUID | None:
    """Commit to one POST for *job* and return its interaction's id; None if the job is not ours or was cancelled.

    *push_asked* says that the POST asks the upstream to tell us of the run's end. One statement, which may also commit
    by itself.
    """
    interaction_id = _meant(job) or job.next_interaction_id or ids.new()
    row = {"id": interaction_id, "lane_id": job.lane_id, "attempt": job.attempt, "push_asked": push_asked}
    changed = await door.change(
        tx,
        Change(
            job_id=job.held.id,
            to=Status.SUBMITTING,
            fields={"interaction_id": interaction_id, "next_interaction_id": None, "queue_detail": None},
            claim=job.held.claim,
            along=Along(then=_INTENT, values=row),
        ),
    )
    return None if changed is None else interaction_id


def _meant(job: DueJob) -> uuid.UUID | None:
    """Return the interaction whose POST made nothing: it is sent again on the same row."""
    return job.interaction_id if job.create_outcome in {"refused", "not_sent"} else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One POST: the job that it is for, the row that stands for it, and the job's claim that it was meant under.

    A refused POST is meant again on the same row: `claim` keeps a refusal that is written late, or twice, from
    closing the POST after it. None is for whoever did not send it. `push_asked`: the upstream is to tell
    us of the run's end.
    """

    job_id: uuid.UUID
    interaction_id: uuid.UUID
    lane_id: int
    refusals: int = 0
    claim: int | None = None
    push_asked: bool = False
