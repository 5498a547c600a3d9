"""How is one job posted? In one statement that stores it and returns it as it will be read: one round trip."""

from longwatch.domain.shares import Limits
from longwatch.store import inserting, reading
from longwatch.store.engine import Tx
from longwatch.store.inserting import NewJob
from longwatch.store.reading import ReadJob
from longwatch.store.statements import text

# A statement does not see the rows that it inserts: the new job is read from what the insert returns.
_POST = text(inserting.INSERT + reading.selected("made"))


async def post(tx: Tx, job: NewJob, *, limits: Limits) -> ReadJob | None:
    """Store *job* and return it; None, nothing stored, if its lane is new or its idempotency key is not.

    *tx* commits by itself. The job must need neither a predecessor nor files.
    """
    values = {"rows": inserting.rows([job]), **reading.room(limits)}
    row = (await tx.execute(_POST, values)).first()
    return None if row is None else reading.read(row)
