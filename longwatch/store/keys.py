"""Whose request is this? Keys are kept as SHA-256 hashes; one indexed query names the project."""

import hashlib

from sqlalchemy import text

from longwatch.domain import ids
from longwatch.store.engine import Tx

_ENSURE = """
INSERT INTO api_key (id, project, name, key_hash) VALUES (:id, :project, :name, :key_hash)
ON CONFLICT (key_hash) DO NOTHING
"""
_PROJECT = "SELECT project FROM api_key WHERE key_hash = :key_hash AND revoked_at IS NULL"


def hashed(key: str) -> bytes:
    """Return what is kept of *key*."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


async def ensure(tx: Tx, key: str, *, project: str, name: str) -> None:
    """Make *key* valid for *project*, unless it is known already."""
    values = {"id": ids.new(), "project": project, "name": name, "key_hash": hashed(key)}
    await tx.execute(text(_ENSURE), values)


async def project_of(tx: Tx, key: str) -> str | None:
    """Return the project that *key* may act for; None if it is unknown or revoked."""
    found = await tx.execute(text(_PROJECT), {"key_hash": hashed(key)})
    return found.scalar_one_or_none()
