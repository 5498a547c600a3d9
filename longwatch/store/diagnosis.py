"""What does the database say of itself: its version, its time, its schema?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from longwatch.store.engine import Tx
from longwatch.store.revision import current
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What was found; *offset* is how far `lw_now()` is from the server's time, None before the first migration."""

    server: str
    number: int
    encoding: str
    now: datetime
    offset: timedelta | None
    revision: str | None


_SERVER = """
SELECT current_setting('server_version'), current_setting('server_version_num')::int,
    current_setting('server_encoding'), statement_timestamp(), to_regproc('lw_now') IS NOT NULL
"""


async def diagnose(tx: Tx) -> Diagnosis:
    """Return what the database says of itself."""
    server, number, encoding, now, migrated = (await tx.execute(text(_SERVER))).one()
    offset = (await tx.execute(text("SELECT lw_now() - statement_timestamp()"))).scalar_one() if migrated else None
    revision = await current(tx)
    return Diagnosis(server=server, number=number, encoding=encoding, now=now, offset=offset, revision=revision)
