"""Has this been asked already? The newest living job of equal project and body, and a lock while one is made."""

import uuid
from datetime import timedelta

from longwatch.store.engine import Tx
from longwatch.store.statements import text

_EARLIER = """
SELECT id FROM job
WHERE project = :project AND request_hash = :hash AND deleted_at IS NULL AND created_at > lw_now() - :within
ORDER BY created_at DESC LIMIT 1
"""


async def earlier(tx: Tx, project: str, request_hash: bytes, *, within: timedelta) -> uuid.UUID | None:
    """Return the job that an equal request made *within* this time; others that ask the same wait for our commit."""
    await tx.execute(text("SELECT pg_advisory_xact_lock(:digest)"), {"digest": _digest(project, request_hash)})
    values = {"project": project, "hash": request_hash, "within": within}
    found: uuid.UUID | None = (await tx.execute(text(_EARLIER), values)).scalar_one_or_none()
    return found


def _digest(project: str, request_hash: bytes) -> int:
    mixed = int.from_bytes(request_hash[:8]) ^ int.from_bytes(project.encode()[:8])
    return mixed >> 1
