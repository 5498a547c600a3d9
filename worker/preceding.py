"""What becomes of a job that goes on from another? It starts, waits on, or fails, as that one stands."""

from longwatch.domain.events import EventType, NewEvent
from longwatch.domain.predecessor import LOOK_AGAIN, Lost, verdict
from longwatch.domain.states import Status
from longwatch.store import door, predecessors
from longwatch.store.claims import DueJob, release
from longwatch.store.door import AT_REST, NOW, Change, Changed, Sql
from longwatch.store.engine import Tx
from longwatch.store.expiring import expire
from longwatch.store.predecessors import Before
from worker.runtime import Runtime

_LATE = "What this job goes on from did not end before the start deadline."
_WAITING = (Status.WAITING,)
_TO_THE_QUEUE = {"claimed_at": None, "admitted_at": None, "due_at": Sql("greatest(run_at, lw_now())")}


async def look_ahead(runtime: Runtime, job: DueJob) -> None:
    """Take a waiting job on as far as its predecessor lets it."""
    async with runtime.engine.begin() as tx:
        changed = await _moved(tx, job, await predecessors.look(tx, job.held.id))
    if changed is not None:
        runtime.announcer.moved(job.held.id)


async def _moved(tx: Tx, job: DueJob, before: Before) -> Changed | None:
    match verdict(before.status, deleted=before.deleted):
        case "go":
            going = Change(
                job_id=job.held.id, to=Status.QUEUED, expect=_WAITING, fields=_TO_THE_QUEUE, claim=job.held.claim
            )
            return await door.change(tx, going)
        case Lost() as lost:
            return await _fail(tx, job, {"code": lost.code, "message": lost.message})
        case "wait" if before.late:
            return await _expire(tx, job)
        case "wait":
            await release(tx, job.held, delay=min(before.left or LOOK_AGAIN, LOOK_AGAIN))
    return None


async def _expire(tx: Tx, job: DueJob) -> Changed | None:
    return await expire(
        tx,
        job.held.id,
        source=Status.WAITING,
        code="start_deadline",
        message=_LATE,
        claim=job.held.claim,
    )


async def _fail(tx: Tx, job: DueJob, error: dict[str, str]) -> Changed | None:
    event = NewEvent(EventType.FAILED, {"error": error})
    fields = {**AT_REST, "finished_at": NOW, "error": error}
    failed = Change(
        job_id=job.held.id, to=Status.FAILED, expect=_WAITING, event=event, fields=fields, claim=job.held.claim
    )
    return await door.change(tx, failed)
