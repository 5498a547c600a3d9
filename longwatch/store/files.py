"""Whose is a file that was uploaded through us, and what does the upstream say of it?"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from longwatch.domain.errors import NotFoundError
from longwatch.store.engine import Tx, jsonb
from longwatch.store.statements import text

UNFINISHED: Final = timedelta(days=7)
"""How long an upload may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file on its way: where the upstream takes its next piece."""

    id: uuid.UUID
    project: str
    upstream_key: str
    upload_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the upstream last described it."""

    id: uuid.UUID
    name: str
    document: Mapping[str, Any]


_BEGIN = """
INSERT INTO file (id, project, upstream_key, upload_url, expires_at)
VALUES (:id, :project, :upstream_key, :upload_url, lw_now() + :unfinished)
"""
_UPLOAD = """
SELECT id, project, upstream_key, upload_url FROM file
WHERE id = :id AND (CAST(:project AS text) IS NULL OR project = :project)
"""
_DESCRIBE = """
UPDATE file SET name = :name, document = CAST(:document AS jsonb),
    expires_at = CAST(CAST(:document AS jsonb) ->> 'expirationTime' AS timestamptz)
WHERE id = :id
"""
_FIND = "SELECT id, name, document FROM file WHERE name = :name AND project = :project"
_LIST = """
SELECT id, name, document FROM file
WHERE project = :project AND name IS NOT NULL AND (expires_at IS NULL OR expires_at > lw_now())
    AND (CAST(:before AS uuid) IS NULL OR id < :before)
ORDER BY id DESC LIMIT :limit
"""


async def begin(tx: Tx, upload: Upload) -> None:
    """Remember where a file's pieces go, for as long as it may take to send them."""
    values = {"id": upload.id, "project": upload.project, "upstream_key": upload.upstream_key}
    await tx.execute(text(_BEGIN), {**values, "upload_url": upload.upload_url, "unfinished": UNFINISHED})


async def upload(tx: Tx, project: str | None, upload_id: uuid.UUID) -> Upload:
    """Return the upload, of this *project* if one is given; raise NotFoundError."""
    row = (await tx.execute(text(_UPLOAD), {"id": upload_id, "project": project})).mappings().first()
    if row is None:
        raise NotFoundError("There is no such upload in this project. Start it again.")
    return Upload(**row)


async def describe(tx: Tx, file_id: uuid.UUID, *, name: str, document: Mapping[str, Any]) -> None:
    """Write what the upstream says of the file now."""
    await tx.execute(text(_DESCRIBE), {"id": file_id, "name": name, "document": jsonb(document)})


async def find(tx: Tx, project: str, name: str) -> StoredFile:
    """Return the project's file; raise NotFoundError."""
    row = (await tx.execute(text(_FIND), {"name": name, "project": project})).first()
    if row is None:
        raise NotFoundError("There is no such file in this project. Upload it through this server.")
    return StoredFile(*row)


async def listed(tx: Tx, project: str, *, before: uuid.UUID | None, limit: int) -> list[StoredFile]:
    """Return the project's files that have not expired, newest first."""
    values = {"project": project, "before": before, "limit": limit}
    return [StoredFile(*row) for row in await tx.execute(text(_LIST), values)]


async def forget(tx: Tx, file_id: uuid.UUID) -> None:
    """Remove a file that the upstream has no more."""
    await tx.execute(text("DELETE FROM file WHERE id = :id"), {"id": file_id})
