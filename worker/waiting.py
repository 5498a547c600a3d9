"""What becomes of a job that waits for a person for too long? It expires."""

from longwatch.domain.states import Status
from longwatch.store.claims import DueJob
from longwatch.store.expiring import expire
from worker.runtime import Runtime


async def expire_action(runtime: Runtime, job: DueJob) -> None:
    """End a job whose action deadline has passed; its run upstream has stopped already."""
    async with runtime.engine.begin() as tx:
        changed = await expire(
            tx,
            job.held.id,
            source=Status.REQUIRES_ACTION,
            code="action_deadline",
            message="Nobody answered what the run asked for before the action deadline.",
            claim=job.held.claim,
        )
    if changed is not None:
        runtime.announcer.moved(job.held.id)
