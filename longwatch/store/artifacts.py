"""Where are the files of a result? In the database, beside their descriptions: one truth for every API host."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from longwatch.domain.errors import NotFoundError
from longwatch.domain.media import MediaFile
from longwatch.store.engine import Tx
from longwatch.store.outputs import finished
from longwatch.store.statements import text

CLEAR = "DELETE FROM artifact WHERE interaction_id = :id"
"""Takes the files off a result, as SQL with `:id`, its interaction."""
# Through the result's row: a deleted job has none, and keeps no files.
_KEEP = """
INSERT INTO artifact (interaction_id, index, job_id, mime_type, sha256, data)
SELECT interaction_id, :index, job_id, :mime_type, :sha256, :data FROM result WHERE interaction_id = :id
"""
_FILE = """
SELECT job.status, job.deleted_at, job.results_purged_at, artifact.mime_type, artifact.sha256, artifact.data
FROM job LEFT JOIN artifact ON artifact.interaction_id = job.interaction_id AND artifact.index = :index
WHERE job.id = :job_id AND job.project = :project
"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of a result."""

    mime_type: str
    sha256: bytes
    data: bytes = field(repr=False)


async def keep(tx: Tx, interaction_id: uuid.UUID, files: Sequence[MediaFile]) -> None:
    """Make *files* the files of the interaction's result."""
    await tx.execute(text(CLEAR), {"id": interaction_id})
    await add(tx, interaction_id, files)


async def add(tx: Tx, interaction_id: uuid.UUID, files: Sequence[MediaFile]) -> None:
    """Add *files* to the interaction's result, which has none of them."""
    for file in files:
        values = {"index": file.index, "mime_type": file.mime_type, "sha256": file.sha256, "data": file.data}
        await tx.execute(text(_KEEP), {"id": interaction_id, **values})


async def read(tx: Tx, project: str, job_id: uuid.UUID, index: int) -> StoredFile:
    """Return one file of an ended job; raise NotFoundError, GoneError or NotFinishedError."""
    values = {"project": project, "job_id": job_id, "index": index}
    row = finished((await tx.execute(text(_FILE), values)).mappings().first())
    if row["data"] is None:
        raise NotFoundError("The job has no such file. GET …/artifacts lists those that it has.")
    return StoredFile(row["mime_type"], bytes(row["sha256"]), bytes(row["data"]))
