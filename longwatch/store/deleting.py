"""How is a job erased? A tombstone stays (id, state, upstream ids, clocks); what it said and found does not."""

import uuid

from sqlalchemy import text

from longwatch.domain.states import TERMINAL
from longwatch.store import door
from longwatch.store.cancelling import cancel_locked, owned
from longwatch.store.door import NOW, Change
from longwatch.store.engine import Tx

_ERASE = (
    "DELETE FROM job_request WHERE job_id = :job_id",
    "DELETE FROM result WHERE job_id = :job_id",
    """
    UPDATE event SET data = data - ARRAY['preview', 'text']
    WHERE job_id = :job_id AND data ?| ARRAY['preview', 'text']
    """,
    """
    UPDATE interaction SET delete_requested_at = lw_now(), wake = wake + 1,
        due_at = CASE WHEN claimed_at IS NULL THEN lw_now() ELSE due_at END
    WHERE job_id = :job_id AND upstream_id IS NOT NULL
    """,
)


async def delete(tx: Tx, project: str, job_id: uuid.UUID) -> None:
    """Erase the project's job: cancelled first if it lives, deleted upstream once it has ended there.

    Raise NotFoundError or GoneError.
    """
    job = await owned(tx, project, job_id)
    if job.status not in TERMINAL:
        await cancel_locked(tx, job)
    erased = {"deleted_at": NOW, "metadata": {}, "tags": [], "queue_detail": None}
    await door.change(tx, Change(job_id=job_id, fields=erased))
    for statement in _ERASE:
        await tx.execute(text(statement), {"job_id": job_id})
