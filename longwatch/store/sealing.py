"""Which rows are encrypted, and which should be? Read and written one by one, so that keys can be changed."""

import uuid
from dataclasses import dataclass
from typing import Literal

from longwatch.store.engine import Tx
from longwatch.store.statements import text
from longwatch.store.vault import Vault

What = Literal["job_request", "result"]
KINDS: tuple[What, ...] = ("job_request", "result")


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many rows of a kind hold something secret, and how many of them were encrypted anew."""

    found: int
    renewed: int


# Bytes from before results were encrypted are found by the request that they answer.
_NEXT = {
    "job_request": """
        SELECT job_id FROM job_request WHERE job_id > :after AND secrets IS NOT NULL ORDER BY job_id LIMIT :limit
    """,
    "result": """
        SELECT interaction_id FROM result LEFT JOIN job_request USING (job_id)
        WHERE interaction_id > :after AND (sealed OR secrets IS NOT NULL) ORDER BY interaction_id LIMIT :limit
    """,
}
_READ = {
    "job_request": "SELECT secrets, true FROM job_request WHERE job_id = :id FOR NO KEY UPDATE",
    "result": "SELECT raw, sealed FROM result WHERE interaction_id = :id FOR NO KEY UPDATE",
}
_WRITE = {
    "job_request": "UPDATE job_request SET secrets = :data WHERE job_id = :id",
    "result": "UPDATE result SET raw = :data, sealed = true WHERE interaction_id = :id",
}


async def following(tx: Tx, what: What, *, after: uuid.UUID, limit: int) -> list[uuid.UUID]:
    """Return the ids of the next rows of a kind that hold something secret."""
    return list((await tx.execute(text(_NEXT[what]), {"after": after, "limit": limit})).scalars())


async def renew(tx: Tx, vault: Vault, what: What, row_id: uuid.UUID) -> bool:
    """Encrypt one row with the first key; False if it is already, or has gone. Raise VaultError if no key opens it."""
    row = (await tx.execute(text(_READ[what]), {"id": row_id})).first()
    if row is None:
        return False
    data, sealed = bytes(row[0]), row[1]
    if sealed and vault.newest(data):
        return False
    plain = vault.open_bytes(data) if sealed else data
    await tx.execute(text(_WRITE[what]), {"id": row_id, "data": vault.seal_bytes(plain)})
    return True
