"""How is a job accepted? Stored in one transaction, or met again by its idempotency key."""

from collections.abc import Sequence

from api.context import Context
from api.job_view import JobView, shown
from longwatch.domain.errors import GoneError, IdempotencyConflictError, InvalidRequestError, LongwatchError
from longwatch.store import inserting, lasting, posting, predecessors, reading
from longwatch.store.engine import Tx
from longwatch.store.inserting import Conflicting, Created, NewJob, Placed, Replayed
from longwatch.store.reading import ReadJob

Accepted = tuple[Placed, ReadJob] | InvalidRequestError
"""A job and how it was placed, or why it cannot go on from what it names."""


async def accept(here: Context, jobs: Sequence[NewJob]) -> list[Accepted]:
    """Store *jobs*, of one project, and return what became of each; nothing is stored if this raises."""
    if not jobs:
        return []
    if len(jobs) == 1 and (posted := await _posted(here, jobs[0])):
        return [posted]
    async with here.engine.begin() as tx:
        placed = await _place(tx, jobs)
        wanted = [item.job_id for item in placed if not isinstance(item, InvalidRequestError)]
        found = await reading.jobs(tx, wanted, limits=here.settings.limits)
    return [item if isinstance(item, InvalidRequestError) else (item, found[item.job_id]) for item in placed]


async def _posted(here: Context, job: NewJob) -> Accepted | None:
    """Store *job* in one round trip, if nothing has to be looked at before; None: the long way."""
    if job.previous or job.files:
        return None
    async with here.engine.each_by_itself() as tx:
        made = await posting.post(tx, job, limits=here.settings.limits)
    return None if made is None else (Created(made.id), made)


async def _joined(tx: Tx, jobs: Sequence[NewJob]) -> list[NewJob | InvalidRequestError]:
    """Return *jobs* knowing what they go on from, or why one cannot, or cannot have its files."""
    linked = await predecessors.link(tx, jobs)
    refused = await lasting.refusals(tx, jobs)
    return [refused.get(job.id, outcome) for job, outcome in zip(jobs, linked, strict=True)]


async def _place(tx: Tx, jobs: Sequence[NewJob]) -> list[Placed | InvalidRequestError]:
    linked = await _joined(tx, jobs)
    good = [job for job in linked if isinstance(job, NewJob)]
    placed = iter(await inserting.insert(tx, good) if good else [])
    # A replay finds its job even if what it went on from has been deleted since.
    return [
        next(placed) if isinstance(outcome, NewJob) else await inserting.met(tx, job) or outcome
        for job, outcome in zip(jobs, linked, strict=True)
    ]


def answer(accepted: Accepted) -> JobView | LongwatchError:
    """Return the job, or why there is none."""
    if isinstance(accepted, InvalidRequestError):
        return accepted
    placed, job = accepted
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


def replayed(accepted: Accepted) -> bool:
    """Say whether an earlier request with the same key had made the job."""
    return not isinstance(accepted, InvalidRequestError) and isinstance(accepted[0], Replayed)
