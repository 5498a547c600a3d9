"""How is a job erased? A tombstone stays (id, state, upstream ids, clocks); what it said and found does not."""

import uuid
from typing import Any

from longwatch.domain.states import TERMINAL
from longwatch.store import door
from longwatch.store.cancelling import cancel_locked, owned
from longwatch.store.door import NOW, Change, Sql, wordless
from longwatch.store.engine import Tx
from longwatch.store.statements import text

# A file may serve several jobs, and goes by itself within days: what it is called is all that it tells of this one.
_UNNAME_FILES = """
WITH said AS (
    SELECT encode(body, 'escape') AS words FROM job_request WHERE job_id = :job_id
    UNION ALL SELECT turn::text FROM action WHERE job_id = :job_id
)
UPDATE file SET document = document - 'displayName' FROM job
WHERE job.id = :job_id AND file.project = job.project
    AND file.name IN (SELECT (regexp_matches(words, 'files/[a-z0-9-]{1,100}', 'g'))[1] FROM said)
"""
_QUIET_LANE = """
UPDATE lane SET pause_detail = NULL FROM job
WHERE job.id = :job_id AND lane.id = job.lane_id AND pause_detail = attention_detail
"""
_ERASE = (
    "DELETE FROM job_request WHERE job_id = :job_id",
    "DELETE FROM result WHERE job_id = :job_id",
    "DELETE FROM artifact WHERE job_id = :job_id",
    "DELETE FROM action WHERE job_id = :job_id",
    "DELETE FROM stream_event WHERE interaction_id IN (SELECT id FROM interaction WHERE job_id = :job_id)",
    f"UPDATE event SET data = {wordless('data')} WHERE job_id = :job_id",  # noqa: S608
    """
    UPDATE delivery_attempt SET response_head = NULL
    WHERE delivery_id IN (SELECT id FROM delivery WHERE job_id = :job_id)
    """,
    """
    WITH ours AS MATERIALIZED (
        SELECT id FROM interaction WHERE job_id = :job_id ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE interaction SET delete_requested_at = lw_now(), wake = wake + 1,
        due_at = CASE WHEN claimed_at IS NULL AND upstream_id IS NOT NULL THEN lw_now() ELSE due_at END
    FROM ours WHERE interaction.id = ours.id
    """,
)


_ERASED: dict[str, Any] = {
    "deleted_at": NOW,
    "metadata": {},
    "tags": [],
    "queue_detail": None,
    "attention_detail": None,
    "error": Sql("error - 'message'"),
}


async def delete(tx: Tx, project: str, job_id: uuid.UUID) -> None:
    """Erase the project's job: cancelled first if it lives, deleted upstream once it has ended there.

    Raise NotFoundError or GoneError.
    """
    job = await owned(tx, project, job_id)
    for statement in (_UNNAME_FILES, _QUIET_LANE):
        await tx.execute(text(statement), {"job_id": job_id})
    if job.status not in TERMINAL:
        await cancel_locked(tx, job)
    await door.change(tx, Change(job_id=job_id, fields=_ERASED))
    for statement in _ERASE:
        await tx.execute(text(statement), {"job_id": job_id})
