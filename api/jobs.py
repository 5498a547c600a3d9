"""The operations on a job as such: post, list, read, change."""

import uuid
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Header, Query, Request, Response

from api.accepting import accept, answer, replayed
from api.auth import GuardedRoute, Project
from api.context import Context, Here
from api.errors_documented import guarded
from api.fields import IdempotencyKey
from api.filters import Wanted
from api.job_view import JobPage, JobView, WouldBeView, shown, would_be
from api.paths import Cursor, JobId
from api.preparing import Desk, prepare, webhook_problems
from api.submission import Edit, Submission
from longwatch.domain.errors import InvalidRequestError, LongwatchError
from longwatch.domain.states import TERMINAL
from longwatch.off_loop import off_loop
from longwatch.store import editing, lasting, predecessors, queueing, reading
from longwatch.store.inserting import NewJob
from longwatch.store.queueing import Place
from longwatch.store.reading import WAITS_FOR_ROOM, ReadJob

_JUDGED_AT_ONCE: Final = 8 * 1024
"""Bytes of a post: if they are nothing but faults, everybody waits for ten milliseconds."""

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=GuardedRoute)


@router.post(
    "",
    status_code=202,
    response_model=JobView,
    summary="Post a job",
    responses={
        200: {"model": WouldBeView, "description": "With `dry_run`: the job as it would be stored."},
        202: {
            "description": "The job is stored, or was by an earlier request with this key.",
            "headers": {
                "Location": {"schema": {"type": "string"}, "description": "where the job is read"},
                "Idempotent-Replayed": {"schema": {"type": "string"}, "description": "`true` on a replay"},
            },
        },
        **guarded(400, 409, 410, 413, 422),
    },
)
async def post_job(
    submission: Submission,
    request: Request,
    response: Response,
    here: Here,
    project: Project,
    *,
    idempotency_key: Annotated[IdempotencyKey | None, Header(description="makes posting again safe")] = None,
    dry_run: Annotated[bool, Query(description="check everything, store nothing")] = False,
) -> JobView | Response:
    """Store a job; it is created upstream once, watched to its end, and announced."""
    desk = Desk(project, here.settings, here.vault)
    judged = partial(prepare, submission, desk, idempotency_key=idempotency_key)
    job = await off_loop(judged, size=len(await request.body()), at_once=_JUDGED_AT_ONCE)
    if dry_run:
        return Response((await _tried(here, job)).model_dump_json(), media_type="application/json")
    [accepted] = await accept(here, [job])
    view = answer(accepted)
    if isinstance(view, LongwatchError):
        raise view
    response.headers["Location"] = f"/v1/jobs/{view.id}"
    if replayed(accepted):
        response.headers["Idempotent-Replayed"] = "true"
    return view


@router.get("", summary="List jobs, newest first", responses=guarded(422))
async def list_jobs(
    here: Here,
    project: Project,
    wanted: Wanted,
    cursor: Cursor,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JobPage:
    """Return the project's jobs that every given filter lets through."""
    async with here.engine.begin() as tx:
        page = reading.Page(before=cursor, limit=limit + 1)
        found = await reading.listed(tx, project, wanted, page, limits=here.settings.limits)
    more = len(found) > limit
    items = [shown(job) for job in found[:limit]]
    return JobPage(items=items, next_cursor=items[-1].id if more else None)


@router.get("/{job_id}", summary="Read a job", responses=guarded(404, 410, 422))
async def get_job(
    here: Here,
    project: Project,
    job_id: JobId,
    wait: Annotated[float, Query(ge=0, le=60, description="seconds to wait for the job's end")] = 0,
) -> JobView:
    """Return the job, at once or as soon as it has ended."""
    job, place = await _read(here, project, job_id)
    if wait and job.status not in TERMINAL:
        await here.hub.ended(job_id, within=wait)
        job, place = await _read(here, project, job_id)
    return shown(job, place)


@router.patch("/{job_id}", summary="Change a queued job", responses=guarded(400, 404, 409, 410, 413, 422))
async def patch_job(here: Here, project: Project, job_id: JobId, edit: Edit) -> JobView:
    """Change how a queued job is run and announced; 409 once it is no longer queued."""
    changes = edit.model_dump(exclude_unset=True)
    if problems := list(webhook_problems(edit.webhook_url, here.settings)):
        raise InvalidRequestError(problems)
    async with here.engine.begin() as tx:
        await editing.edit(tx, project, job_id, changes)
        job = await reading.job(tx, project, job_id, limits=here.settings.limits)
    return shown(job)


async def _tried(here: Context, job: NewJob) -> WouldBeView:
    async with here.engine.begin() as tx:
        await lasting.require(tx, job)
        return would_be(await predecessors.linked(tx, job))


async def _read(here: Context, project: str, job_id: uuid.UUID) -> tuple[ReadJob, Place | None]:
    limits = here.settings.limits
    async with here.engine.begin() as tx:
        job = await reading.job(tx, project, job_id, limits=limits)
        waits = job.queue_reason in WAITS_FOR_ROOM
        return job, await queueing.place(tx, job_id, limits) if waits else None
