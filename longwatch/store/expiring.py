"""How does a job end whose time ran out while nothing ran upstream?"""

import uuid

from longwatch.domain.events import EventType, NewEvent
from longwatch.domain.states import Status
from longwatch.store import door
from longwatch.store.door import AT_REST, NO_ATTENTION, NOW, Change, Changed
from longwatch.store.engine import Tx


async def expire(
    tx: Tx, job_id: uuid.UUID, *, source: Status, code: str, message: str, claim: int | None = None
) -> Changed | None:
    """End the job as `expired` if it is still in *source*; *code* and *message* say which time ran out."""
    error = {"code": code, "message": message}
    fields = {**AT_REST, **NO_ATTENTION, "finished_at": NOW, "error": error}
    event = NewEvent(EventType.EXPIRED, {"error": error})
    change = Change(job_id=job_id, to=Status.EXPIRED, expect=(source,), event=event, fields=fields, claim=claim)
    return await door.change(tx, change)
