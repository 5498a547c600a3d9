"""Whose request is this? Keys are kept as SHA-256 hashes; one indexed query names the caller."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from longwatch.domain import ids
from longwatch.store.engine import Tx
from longwatch.store.statements import text

# The installation's own key is an admin's, also one that was stored before there were admins.
_ENSURE = """
INSERT INTO api_key (id, project, name, key_hash, admin) VALUES (:id, :project, :name, :key_hash, :admin)
ON CONFLICT (key_hash) DO UPDATE SET admin = true WHERE excluded.admin AND NOT api_key.admin
"""
_CREATE = """
INSERT INTO api_key (id, project, name, key_hash, admin)
SELECT :id, :project, :name, :key_hash, :admin WHERE NOT EXISTS (
    SELECT FROM api_key WHERE project = :project AND name = :name AND revoked_at IS NULL)
RETURNING id
"""
_CALLER = "SELECT project, admin FROM api_key WHERE key_hash = :key_hash AND revoked_at IS NULL"
_LIST = "SELECT project, name, created_at, revoked_at, admin FROM api_key ORDER BY project, created_at, id"
_REVOKE = """
UPDATE api_key SET revoked_at = lw_now()
WHERE project = :project AND name = :name AND revoked_at IS NULL RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a key acts for; an *admin* may read bytes that hold secrets."""

    project: str
    admin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """What is known of a key; the key itself is not."""

    project: str
    name: str
    created_at: datetime
    revoked_at: datetime | None
    admin: bool


def hashed(key: str) -> bytes:
    """Return what is kept of *key*."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


async def ensure(tx: Tx, key: str, *, project: str, name: str, admin: bool = False) -> None:
    """Make *key* valid for *project*, unless it is known already; a revoked one stays so."""
    await tx.execute(text(_ENSURE), _values(key, project=project, name=name, admin=admin))


async def create(tx: Tx, key: str, *, project: str, name: str, admin: bool) -> bool:
    """Make *key* valid for *project*; False if a living key of the project has this name."""
    values = _values(key, project=project, name=name, admin=admin)
    return (await tx.execute(text(_CREATE), values)).first() is not None


async def listed(tx: Tx) -> list[StoredKey]:
    """Return every key that there ever was, by project, the oldest first."""
    return [StoredKey(**row) for row in (await tx.execute(text(_LIST))).mappings()]


async def revoke(tx: Tx, *, project: str, name: str) -> bool:
    """Let the key of this name in no more; False if there is no living one."""
    return (await tx.execute(text(_REVOKE), {"project": project, "name": name})).first() is not None


async def caller_of(tx: Tx, key: str) -> Caller | None:
    """Return whom *key* acts for; None if it is unknown or revoked."""
    row = (await tx.execute(text(_CALLER), {"key_hash": hashed(key)})).first()
    return None if row is None else Caller(*row)


def _values(key: str, *, project: str, name: str, admin: bool) -> dict[str, Any]:
    return {"id": ids.new(), "project": project, "name": name, "key_hash": hashed(key), "admin": admin}
