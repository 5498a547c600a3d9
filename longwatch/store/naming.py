"""Which job does the id of an interaction name? Any that the job ever had, from the moment it was planned."""

import uuid

from longwatch.domain.errors import NotFoundError
from longwatch.store.engine import Tx
from longwatch.store.statements import text

_NAMED = """
SELECT job.id FROM job WHERE job.project = :project AND job.id = coalesce(
    (SELECT job_id FROM interaction WHERE id = :id),
    (SELECT id FROM job WHERE next_interaction_id = :id))
"""


async def job_named(tx: Tx, project: str, interaction_id: uuid.UUID) -> uuid.UUID:
    """Return the project's job that has, had or is about to have this interaction; raise NotFoundError."""
    found = (await tx.execute(text(_NAMED), {"project": project, "id": interaction_id})).scalar_one_or_none()
    if found is None:
        raise NotFoundError("No such interaction in this project. Check the id, and that the key belongs to it.")
    return uuid.UUID(str(found))
