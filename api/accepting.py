"""How is a job accepted? Stored in one transaction, or met again by its idempotency key."""

from collections.abc import Sequence

from api.context import Context
from api.job_view import JobView, shown
from longwatch.domain.errors import GoneError, IdempotencyConflictError, LongwatchError
from longwatch.store import inserting, reading
from longwatch.store.inserting import Conflicting, Created, NewJob, Placed, Replayed
from longwatch.store.reading import ReadJob


async def accept(here: Context, jobs: Sequence[NewJob]) -> list[tuple[Placed, ReadJob]]:
    """Store *jobs*, of one project, and return what became of each; nothing is stored if this raises."""
    if not jobs:
        return []
    async with here.engine.begin() as tx:
        placed = await inserting.insert(tx, jobs)
        wanted = [item.job_id for item in placed]
        found = await reading.jobs(tx, wanted, max_running=here.settings.max_running)
    return [(item, found[item.job_id]) for item in placed]


def answer(placed: Placed, job: ReadJob) -> JobView | LongwatchError:
    """Return the job, or why this idempotency key does not lead to one."""
    match placed:
        case Created():
            return shown(job)
        case Replayed() if job.deleted_at is None:
            return shown(job)
        case Replayed():
            return GoneError("The job that this Idempotency-Key made was deleted. Use a new key for a new job.")
        case Conflicting():
            return IdempotencyConflictError(
                "This Idempotency-Key was used before with another body. "
                "Send the body of that time to get its job, or use a new key.",
            )
