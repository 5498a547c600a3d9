"""Many jobs in one request: each is accepted or refused on its own, all of the accepted in one transaction."""

import asyncio

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError

from api.accepting import Accepted, accept, answer, replayed
from api.auth import GuardedRoute, Project
from api.context import Here
from api.errors_documented import guarded
from api.invalid import field_problems, within
from api.job_view import JobView
from api.preparing import Desk, prepare
from api.problems import Problem, as_problem
from api.submission import Batch, BatchItem
from longwatch.domain.errors import InvalidRequestError, LongwatchError
from longwatch.store.inserting import NewJob

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=GuardedRoute)
_PATH = "/v1/jobs/batch"

Judged = NewJob | InvalidRequestError


class BatchItemView(BaseModel):
    """What became of one job: its own HTTP status, and the job or the problem."""

    status: int = Field(examples=[202])
    job: JobView | None = None
    error: Problem | None = None
    replayed: bool = Field(False, description="its idempotency key was met before, with the same body")  # noqa: FBT003


class BatchView(BaseModel):
    """What became of each job, in the order of the request."""

    items: list[BatchItemView]


@router.post(
    "/batch",
    summary="Post up to 1,000 jobs",
    responses=guarded(400, 413, 422),
    response_model_exclude_unset=True,
)
async def post_batch(batch: Batch, here: Here, project: Project) -> BatchView:
    """Store every job of the batch that can be accepted; each has a status of its own."""
    desk = Desk(project, here.settings, here.vault)
    judged = await asyncio.to_thread(_judge, batch.items, desk)
    stored = iter(await accept(here, [job for job in judged if isinstance(job, NewJob)]))
    outcomes = [job if isinstance(job, InvalidRequestError) else next(stored) for job in judged]
    return BatchView(items=[_view(outcome, index) for index, outcome in enumerate(outcomes)])


def _judge(items: list[BatchItem], desk: Desk) -> list[Judged]:
    return [_judge_one(item, desk) for item in items]


def _judge_one(item: object, desk: Desk) -> Judged:
    try:
        submission = BatchItem.model_validate(item)
        return prepare(submission, desk, idempotency_key=submission.idempotency_key)
    except ValidationError as error:
        problems = field_problems(error.errors(), known=BatchItem)
    except InvalidRequestError as error:
        problems = error.problems
    return InvalidRequestError(problems)


def _view(accepted: Accepted, index: int) -> BatchItemView:
    view = answer(accepted)
    if isinstance(view, InvalidRequestError):
        view = InvalidRequestError(within(f"items[{index}]", view.problems))
    if isinstance(view, LongwatchError):
        problem = Problem.model_validate(as_problem(view, instance=_PATH))
        return BatchItemView(status=view.status, error=problem)
    return BatchItemView(status=202, job=view, replayed=replayed(accepted))
