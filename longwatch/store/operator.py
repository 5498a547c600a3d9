"""What may an operator do who knows only a job's id? Cancel it, whatever project it belongs to."""

import uuid

from longwatch.domain.states import TERMINAL, Status
from longwatch.store import door
from longwatch.store.cancelling import cancel_locked
from longwatch.store.engine import Tx


async def cancel_by_operator(tx: Tx, job_id: uuid.UUID) -> Status | None:
    """Ask for *job_id* to be cancelled and return its state now; None if there is no such job."""
    job = await door.lock(tx, job_id)
    if job is None:
        return None
    if job.deleted or job.status in TERMINAL:
        return job.status
    return await cancel_locked(tx, job)
