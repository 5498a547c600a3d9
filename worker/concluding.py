"""What becomes of a job whose create has no answer? It is shown; in time its policy decides."""

from longwatch.domain.unknown_submit import plan
from longwatch.store import answers, door, resolving
from longwatch.store.claims import DueJob
from longwatch.store.creates import Intent
from longwatch.store.engine import Tx
from longwatch.store.resolving import Decision
from worker.pushing import push_wait
from worker.runtime import Runtime


async def conclude(runtime: Runtime, job: DueJob) -> None:
    """Move on a job whose POST has no answer: its worker died, or the time to decide has come."""
    if job.interaction_id is None:
        return
    async with runtime.engine.begin() as tx:
        locked = await door.lock(tx, job.held.id)
        # A stale look must not call the POST after the one that it has seen unknown.
        if locked is None or locked.claim != job.held.claim:
            return
        intent = Intent(job_id=locked.id, interaction_id=job.interaction_id, lane_id=job.lane_id)
        moved = await _concluded(runtime, tx, job, intent)
    if moved:
        runtime.announcer.moved(job.held.id)


async def _concluded(runtime: Runtime, tx: Tx, job: DueJob, intent: Intent) -> bool:
    hold = runtime.settings.unknown_hold
    if job.create_outcome is None:
        shown = await answers.unknown(
            tx, intent, reason="its worker died", hold=hold, push_wait=push_wait(runtime.settings)
        )
        return shown is not None
    way = plan(job.on_unknown_submit, attempt=job.attempt, hold=hold).then
    return await resolving.conclude(tx, job.held.id, Decision(way=way, by="policy"), claim=job.held.claim) is not None
