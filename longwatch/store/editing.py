"""What may still change about a queued job? How it is run and announced, not what is asked."""

import uuid
from collections.abc import Mapping
from typing import Any

from longwatch.domain.errors import ConflictError
from longwatch.domain.states import Status
from longwatch.store.cancelling import owned
from longwatch.store.engine import Tx, jsonb
from longwatch.store.statements import text

EDITABLE = (
    "priority",
    "run_at",
    "tags",
    "metadata",
    "webhook_url",
    "webhook_events",
    "deadline_seconds",
    "start_deadline_seconds",
    "on_unknown_submit",
)
_EDIT = """
UPDATE job SET
    priority = CASE WHEN 'priority' = ANY(:given) THEN :priority ELSE priority END,
    tags = CASE WHEN 'tags' = ANY(:given) THEN CAST(:tags AS text[]) ELSE tags END,
    metadata = CASE WHEN 'metadata' = ANY(:given) THEN CAST(:metadata AS jsonb) ELSE metadata END,
    webhook_url = CASE WHEN 'webhook_url' = ANY(:given) THEN :webhook_url ELSE webhook_url END,
    webhook_events = CASE WHEN 'webhook_events' = ANY(:given) THEN CAST(:webhook_events AS text[])
        ELSE webhook_events END,
    on_unknown_submit = CASE WHEN 'on_unknown_submit' = ANY(:given) THEN :on_unknown_submit
        ELSE on_unknown_submit END,
    deadline_seconds = CASE WHEN 'deadline_seconds' = ANY(:given) THEN :deadline_seconds ELSE deadline_seconds END,
    start_deadline_at = CASE WHEN 'start_deadline_seconds' = ANY(:given)
        THEN created_at + make_interval(secs => CAST(:start_deadline_seconds AS integer)) ELSE start_deadline_at END,
    run_at = CASE WHEN 'run_at' = ANY(:given) THEN CAST(:run_at AS timestamptz) ELSE run_at END,
    due_at = CASE WHEN 'run_at' = ANY(:given) THEN greatest(CAST(:run_at AS timestamptz), lw_now()) ELSE due_at END,
    admitted_at = CASE WHEN 'run_at' = ANY(:given) THEN NULL ELSE admitted_at END
WHERE id = :job_id
"""


async def edit(tx: Tx, project: str, job_id: uuid.UUID, changes: Mapping[str, Any]) -> None:
    """Write *changes* (names of EDITABLE) to a queued job; a start deadline counts from its creation.

    Raise NotFoundError, GoneError or ConflictError (no longer queued, or being started just now).
    """
    job = await owned(tx, project, job_id)
    if job.status is not Status.QUEUED:
        raise ConflictError(f"The job is {job.status}: only a queued job can be changed. Cancel it and post another.")
    if job.claimed and "run_at" in changes:
        raise ConflictError("The job is being started just now: run_at comes too late. Look again in a moment.")
    values = dict.fromkeys(EDITABLE) | dict(changes)
    values["metadata"] = jsonb(values["metadata"])
    await tx.execute(text(_EDIT), values | {"job_id": job_id, "given": list(changes)})
