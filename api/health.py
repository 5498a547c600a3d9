"""Is this process alive, can it serve, and does the installation move? Three questions, three answers."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.context import Here
from api.errors_documented import errors
from longwatch.domain.errors import UnavailableError
from longwatch.domain.keeping import alarming
from longwatch.store import health, migrate
from longwatch.store import unread as store_unread
from longwatch.store.revision import current
from longwatch.store.unread import Unread

router = APIRouter(tags=["health"])
OLD_SECONDS = 120
_RETRY_SECONDS = 5
_EXPECTED = migrate.head()


class LiveView(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class ReadyView(BaseModel):
    """The process can serve."""

    status: Literal["ready"] = "ready"
    revision: str = Field(description="of the database's schema", examples=["0001"])


class OverdueView(BaseModel):
    """The oldest row that is due and unclaimed in one queue of one lane."""

    queue: Literal["create", "poll", "deliver"]
    upstream_key: str | None
    agent: str | None
    seconds: float


class UnreadView(BaseModel):
    """Runs of one lane that may have ended upstream, and that the upstream may forget before they are read."""

    upstream_key: str
    agent: str
    runs: int
    seconds_left: float


class HealthView(BaseModel):
    """Whether work moves, where it is late, and what may be lost by it."""

    status: Literal["moving", "late"]
    oldest_overdue_seconds: float
    overdue: list[OverdueView]
    unread: list[UnreadView] = Field(
        description="less than a quarter of LONGWATCH_UPSTREAM_RETENTION is left for these"
    )


@router.get("/livez", summary="Is the process alive?")
async def livez() -> LiveView:
    """Answer."""
    return LiveView()


@router.get("/readyz", summary="Can the process serve?", responses=errors(503))
async def readyz(here: Here) -> ReadyView:
    """Answer once the database is reachable and has this release's schema, or a newer one, which bears this release."""
    async with here.engine.each_by_itself() as tx:
        found = await current(tx)
    if found is None or found < _EXPECTED:
        detail = f"The database's schema is at {found}, this release expects {_EXPECTED}: run `longwatch migrate`."
        raise UnavailableError(detail, retry_after=_RETRY_SECONDS)
    return ReadyView(revision=found)


@router.get(
    "/healthz",
    summary="Does the installation move?",
    responses={
        503: {
            **errors(503)[503],
            "model": HealthView,
            "description": (
                "Something has been due for more than two minutes, the upstream may forget a run before it is read, "
                "or the database cannot be reached."
            ),
        },
    },
)
async def healthz(here: Here, response: Response) -> HealthView:
    """Tell how late the oldest due row of each lane is; waits for admission and paused lanes do not count."""
    retention = here.settings.upstream_retention
    async with here.engine.connect() as connection:
        found = sorted(await health.overdue(connection), key=lambda row: -row.seconds)
        unread = await store_unread.unread(connection, retention=retention)
    oldest = found[0].seconds if found else 0.0
    urgent = [_unread(lane) for lane in unread if alarming(lane.left, retention=retention)]
    late = bool(urgent) or oldest > OLD_SECONDS
    response.status_code = 503 if late else 200
    return HealthView(
        status="late" if late else "moving",
        oldest_overdue_seconds=round(oldest, 3),
        overdue=[_shown(row) for row in found],
        unread=urgent,
    )


def _unread(lane: Unread) -> UnreadView:
    left = round(lane.left.total_seconds(), 3)
    return UnreadView(upstream_key=lane.upstream_key, agent=lane.agent, runs=lane.runs, seconds_left=left)


def _shown(row: health.Overdue) -> OverdueView:
    return OverdueView(queue=row.queue, upstream_key=row.upstream_key, agent=row.agent, seconds=round(row.seconds, 3))
