"""How is an ended job tried again? As a new job with the same request; asking twice gives the same one."""

import uuid

from longwatch.domain import ids
from longwatch.domain.errors import ConflictError, GoneError
from longwatch.domain.states import TERMINAL
from longwatch.store.cancelling import owned
from longwatch.store.engine import Tx
from longwatch.store.inserting import Created, Replayed
from longwatch.store.statements import text

_LATEST = "SELECT id FROM job WHERE retry_of = :job_id AND deleted_at IS NULL ORDER BY id DESC LIMIT 1"
_COPY = """
WITH made AS (
    INSERT INTO job (
        id, project, status, lane_id, agent, model, request_hash, priority, tags, metadata, webhook_url,
        webhook_events, on_unknown_submit, deadline_seconds, queued_deadline_seconds, action_deadline_seconds,
        start_deadline_at, watch, retry_of, next_interaction_id, predecessor_id, predecessor_job_id, admitted_at,
        due_at, attempt, last_sequence
    )
    SELECT :new_id, project, CASE WHEN predecessor_id IS NULL THEN 'queued' ELSE 'waiting' END, lane_id, agent,
        model, request_hash, priority, tags, metadata, webhook_url,
        webhook_events, on_unknown_submit, deadline_seconds, queued_deadline_seconds, action_deadline_seconds,
        lw_now() + (start_deadline_at - created_at), watch, id, :interaction_id, predecessor_id, predecessor_job_id,
        CASE WHEN predecessor_id IS NOT NULL THEN lw_now() END, lw_now(), 1, 1
    FROM job WHERE id = :job_id AND EXISTS (SELECT FROM job_request WHERE job_id = :job_id)
    RETURNING id, next_interaction_id, status
), requested AS (
    INSERT INTO job_request (job_id, body, secrets)
    SELECT made.id, body, secrets FROM job_request, made WHERE job_id = :job_id
), told AS (
    INSERT INTO event (job_id, sequence, type, interaction_id, data)
    SELECT id, 1, 'job.created', next_interaction_id, jsonb_build_object('status', status) FROM made
)
SELECT id FROM made
"""


async def retry(tx: Tx, project: str, job_id: uuid.UUID, *, again: bool) -> Created | Replayed:
    """Make a new job of an ended one, or return its latest retry unless *again*.

    Raise NotFoundError, GoneError or ConflictError (it has not ended).
    """
    job = await owned(tx, project, job_id)
    if job.status not in TERMINAL:
        raise ConflictError(f"The job is {job.status}: only an ended job is retried. Cancel it first, or wait.")
    earlier = None if again else (await tx.execute(text(_LATEST), {"job_id": job_id})).scalar_one_or_none()
    return Replayed(earlier) if earlier else await _copy(tx, job_id)


async def _copy(tx: Tx, job_id: uuid.UUID) -> Created:
    made = (
        await tx.execute(text(_COPY), {"job_id": job_id, "new_id": ids.new(), "interaction_id": ids.new()})
    ).scalar_one_or_none()
    if made is None:
        raise GoneError("The job's request has been erased, so it cannot be retried. Post it as a new job.")
    return Created(made)
