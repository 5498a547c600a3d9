"""At which revision is a database? Read from where Alembic writes it, without Alembic."""

from longwatch.store.engine import Tx
from longwatch.store.statements import text

_TABLE = "SELECT to_regclass('alembic_version') IS NOT NULL"
_REVISION = "SELECT version_num FROM alembic_version"


async def current(tx: Tx) -> str | None:
    """Return the revision that the database is at; None if it has no tables."""
    if not (await tx.execute(text(_TABLE))).scalar_one():
        return None
    revision: str | None = (await tx.execute(text(_REVISION))).scalar_one_or_none()
    return revision
