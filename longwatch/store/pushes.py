"""What does a webhook of the upstream's do here? It wakes the run that it speaks of, or names one to an intent."""

import uuid
from typing import Literal

from longwatch.store.engine import Tx
from longwatch.store.statements import text

Heard = Literal["woken", "late", "candidate", "unknown"]
"""What a webhook came to: the run is read at once; its end had been seen; it may be a lost create's run; not ours."""


# A second statement: only its own snapshot sees the sighting that whoever held the run's row has written.
_WAKE = """
WITH known AS MATERIALIZED (
    SELECT id, ended_at IS NULL AND due_at IS NOT NULL AS watched FROM interaction
    WHERE upstream_id = :upstream_id ORDER BY id FOR NO KEY UPDATE
), woken AS (
    UPDATE interaction SET wake = wake + 1, pushed_at = coalesce(pushed_at, lw_now()),
        due_at = CASE WHEN claimed_at IS NULL THEN lw_now() ELSE due_at END
    FROM known WHERE interaction.id = known.id AND known.watched
)
SELECT id, watched FROM known
"""
_ARRIVED = "UPDATE sighting SET pushed_at = lw_now() WHERE interaction_id = ANY(:ids) AND pushed_at IS NULL"
_NAME = """
UPDATE interaction SET candidate_upstream_id = :upstream_id, pushed_at = coalesce(pushed_at, lw_now()),
    wake = wake + 1, due_at = CASE WHEN claimed_at IS NULL THEN lw_now() ELSE due_at END
WHERE id = :id AND upstream_id IS NULL RETURNING id
"""


async def heard(tx: Tx, upstream_id: str, *, named: uuid.UUID | None) -> Heard:
    """Wake the run that the upstream calls *upstream_id*; nothing of it is believed before it has been read.

    If no row has that id, the intent *named* in the create's own metadata gets it as a candidate.
    """
    known = (await tx.execute(text(_WAKE), {"upstream_id": upstream_id})).all()
    if known:
        await tx.execute(text(_ARRIVED), {"ids": [row.id for row in known]})
        return "woken" if any(row.watched for row in known) else "late"
    if named is None:
        return "unknown"
    taken = (await tx.execute(text(_NAME), {"upstream_id": upstream_id, "id": named})).first()
    return "unknown" if taken is None else "candidate"
