"""What happened to a job, as it happens: server-sent events, or pages of JSON."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, ConfigDict

from api.auth import GuardedRoute, Project
from api.context import Context, Here
from api.errors_documented import Responses, guarded
from api.event_stream import STREAM
from api.job_view import Utc
from api.paths import JobId
from longwatch.domain import ids
from longwatch.domain.errors import FieldProblem, InvalidRequestError
from longwatch.store import history, reading
from longwatch.store.history import PastEvent

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["events"], route_class=GuardedRoute)
KEEP_ALIVE_SECONDS = 15.0
_PAGE = 200
_LAST_SEQUENCE = 2**31 - 1
_STREAM: Responses = {200: {"content": STREAM}}


class EventView(BaseModel):
    """One event; sequences of a job are 1, 2, 3 … without a gap."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "job_id": "job_01jd3x9v7s8q5w2e4r6t8y0a1b",
                "sequence": 1,
                "type": "job.created",
                "at": "2026-11-22T18:00:00Z",
                "interaction_id": None,
                "data": {"status": "queued"},
            },
        },
    )

    job_id: str
    sequence: int
    type: str
    at: Utc
    interaction_id: str | None
    data: dict[str, Any]


class EventPage(BaseModel):
    """Events in order."""

    items: list[EventView]
    next_cursor: str | None


@router.get(
    "/events",
    response_model=EventPage,
    summary="Follow a job",
    responses={**_STREAM, **guarded(404, 410, 422)},
)
async def follow(
    request: Request,
    here: Here,
    project: Project,
    job_id: JobId,
    *,
    after: Annotated[int, Query(ge=0, le=_LAST_SEQUENCE, description="the last sequence known")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000, description="of a JSON page")] = _PAGE,
    last_event_id: Annotated[str | None, Header(description="as `after`, from a reconnecting stream")] = None,
) -> EventPage | Response:
    """Stream the job's events to its end, then `event: end`; with `Accept: application/json` return a page of them."""
    # A reconnecting EventSource repeats its URL, `after` included, and says in the header how far it came.
    place = _sequence(last_event_id, otherwise=after)
    async with here.engine.begin() as tx:
        await reading.require(tx, project, job_id)
        await history.require(tx, job_id, after=place)
    if _wants_json(request):
        return await _page(here, job_id, after=place, limit=limit)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(_stream(here, job_id, place), headers=headers)


def _sequence(last_event_id: str | None, *, otherwise: int) -> int:
    if last_event_id is None or not last_event_id.strip():
        return otherwise
    if last_event_id.isdecimal() and int(last_event_id) <= _LAST_SEQUENCE:
        return int(last_event_id)
    remedy = "Send the `id` of the last event that you have, or leave it out."
    raise InvalidRequestError([FieldProblem("header.Last-Event-ID", "sequence", "This is no event's id.", remedy)])


def _wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/event-stream" not in accept


async def _page(here: Context, job_id: uuid.UUID, *, after: int, limit: int) -> EventPage:
    async with here.engine.begin() as tx:
        events = await history.page(tx, job_id, after=after, limit=limit + 1)
    items = [_shown(event) for event in events[:limit]]
    more = len(events) > limit
    return EventPage(items=items, next_cursor=str(items[-1].sequence) if more else None)


async def _stream(here: Context, job_id: uuid.UUID, after: int) -> AsyncIterator[bytes]:
    """Yield what has happened already, page by page, then what the hub brings."""
    # A reader whose events were purged meanwhile is sent off without an end: it comes back, and is told.
    while events := await _earlier(here, job_id, after):
        if not history.follows(events, after):
            return
        for event in events:
            yield _written(event)
        after = events[-1].sequence
    with here.hub.subscribe(job_id, after=after) as news:
        while not here.hub.closed:
            events = await news.take(within=KEEP_ALIVE_SECONDS)
            for event in events:
                yield _written(event)
            if news.purged:
                return
            if news.ended:
                yield format_sse_event(event="end", data_str="{}")
                return
            if not events:
                yield format_sse_event(comment="still here")


async def _earlier(here: Context, job_id: uuid.UUID, after: int) -> list[PastEvent]:
    async with here.engine.begin() as tx:
        return await history.page(tx, job_id, after=after, limit=_PAGE)


def _shown(event: PastEvent) -> EventView:
    return EventView(
        job_id=ids.encode(ids.JOB, event.job_id),
        sequence=event.sequence,
        type=event.type,
        at=event.at.astimezone(UTC),
        interaction_id=event.interaction_id and ids.encode(ids.INTERACTION, event.interaction_id),
        data=dict(event.data),
    )


def _written(event: PastEvent) -> bytes:
    return format_sse_event(id=str(event.sequence), event=event.type, data_str=_shown(event).model_dump_json())
