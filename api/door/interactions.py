"""The Interactions API's own calls: create, get, cancel, delete, over the runner."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.context import Context, Here
from api.door import foreground
from api.door.asking import read_create
from api.door.creating import create
from api.door.documents import with_input, without_input
from api.door.errors import error_responses, invalid
from api.door.reading import named, read
from api.door.revision import revision_of
from api.door.rewriting import answer
from api.door.route import DoorProject, DoorRoute
from api.door.streaming import START, Writer, place_after, streamed
from api.event_stream import STREAM
from longwatch.store import cancelling, deleting

DEDUPLICATED = "X-Longwatch-Deduplicated"
_ONE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The interaction, or its events.",
        "content": {"application/json": {"schema": {"type": "object"}}, **STREAM},
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "agent": "deep-research-preview-04-2026",
                    "input": "The history of tea.",
                    "background": True,
                },
            },
        },
    },
}
router = APIRouter(prefix="/interactions", tags=["interactions"], route_class=DoorRoute)
InteractionName = Annotated[str, Path(description="our id, or the upstream's", max_length=512)]


@router.post(
    "",
    summary="Create an interaction",
    response_class=Response,
    responses={**_ONE, **error_responses(400, 404, 410, 413, 502, 504)},
    openapi_extra=_BODY,
)
async def create_interaction(request: Request, here: Here, project: DoorProject) -> Response:
    """Run an interaction in the background as a job, or pass it through; in whichever revision it is asked."""
    _refuse_fields(request)
    asked = await read_create(request)
    revision = revision_of(request, here.settings)
    if not asked.background:
        return await foreground.create(here, project, asked, revision)
    answered = await create(here, project, asked)
    headers = {DEDUPLICATED: "true"} if answered.deduplicated else {}
    if asked.stream:
        return streamed(here, project, answered.standing, Writer(revision, START), headers=headers)
    return answer(without_input(answered.standing.document), revision, headers=headers)


@router.get(
    "/{interaction_id}",
    summary="Read or stream an interaction",
    response_class=Response,
    responses={**_ONE, **error_responses(400, 404, 410)},
)
async def get_interaction(
    request: Request,
    here: Here,
    project: DoorProject,
    interaction_id: InteractionName,
    *,
    stream: Annotated[str, Query(description="`true` for its events")] = "false",
    last_event_id: Annotated[str | None, Query(description="with `stream`: go on after this one")] = None,
    include_input: Annotated[str, Query(description="`true` to have the input too")] = "false",
) -> Response:
    """Return the interaction as it stands here, or its events; the upstream is not asked."""
    _refuse_fields(request)
    standing = await read(here, project, interaction_id)
    revision = revision_of(request, here.settings)
    if _true(stream):
        return streamed(here, project, standing, Writer(revision, place_after(last_event_id)))
    document = with_input(standing.document, standing.found) if _true(include_input) else standing.document
    return answer(document, revision)


@router.post(
    "/{interaction_id}/cancel",
    summary="Cancel an interaction",
    response_class=Response,
    responses={**_ONE, **error_responses(400, 404, 410)},
)
async def cancel_interaction(
    request: Request, here: Here, project: DoorProject, interaction_id: InteractionName
) -> Response:
    """Ask for the interaction to be cancelled, here and upstream, and return it as it stands then."""
    standing = await read(here, project, interaction_id)
    await _cancel(here, project, standing.found.job_id)
    standing = await read(here, project, interaction_id)
    return answer(standing.document, revision_of(request, here.settings))


@router.delete(
    "/{interaction_id}",
    summary="Delete an interaction",
    response_class=Response,
    responses={**_ONE, **error_responses(400, 404)},
)
async def delete_interaction(here: Here, project: DoorProject, interaction_id: InteractionName) -> Response:
    """Erase the interaction's job with all that it was asked and brought, here and upstream."""
    async with here.engine.begin() as tx:
        found = await named(tx, project, interaction_id)
        await deleting.delete(tx, project, found.job_id)
    return Response(b"{}", media_type="application/json")


async def _cancel(here: Context, project: str, job_id: Any) -> None:
    async with here.engine.begin() as tx:
        await cancelling.request_cancel(tx, project, job_id)


def _true(value: str) -> bool:
    return value.lower() in {"true", "1"}


def _refuse_fields(request: Request) -> None:
    fields = request.headers.get("x-goog-fieldmask") or request.query_params.get("fields") or "*"
    if fields != "*":
        raise invalid("Partial answers are not given: leave `fields` and `X-Goog-FieldMask` out.")
