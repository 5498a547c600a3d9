"""What became of a job's webhooks? For whoever asks why one did not arrive."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth import GuardedRoute, Project
from api.context import Here
from api.errors_documented import guarded
from api.job_view import Utc
from api.paths import JobId
from longwatch.domain import ids
from longwatch.store import announced, reading
from longwatch.store.announced import PastDelivery

router = APIRouter(prefix="/v1/jobs/{job_id}", tags=["webhooks"], route_class=GuardedRoute)


class AttemptView(BaseModel):
    """One POST and how it went."""

    number: int
    at: Utc
    duration_ms: int
    http_status: int | None
    error: str | None
    response_head: str | None = Field(description="the first 2,048 characters of the answer")


class DeliveryView(BaseModel):
    """One event on its way to one address; `id` is its `webhook-id`."""

    id: str
    sequence: int
    type: str
    url: str
    status: Literal["pending", "delivered", "exhausted", "gone"]
    created_at: Utc
    next_attempt_at: Utc | None
    ended_at: Utc | None
    attempts: list[AttemptView]


class DeliveryList(BaseModel):
    """Every delivery of a job, in the order of its events."""

    items: list[DeliveryView]
    next_cursor: None = None


@router.get("/deliveries", summary="List a job's webhooks", responses=guarded(404, 410))
async def list_deliveries(here: Here, project: Project, job_id: JobId) -> DeliveryList:
    """Return every delivery with every attempt."""
    async with here.engine.begin() as tx:
        await reading.require(tx, project, job_id)
        found = await announced.deliveries(tx, job_id)
    return DeliveryList(items=[_shown(delivery) for delivery in found])


def _shown(delivery: PastDelivery) -> DeliveryView:
    fields = {name: getattr(delivery, name) for name in DeliveryView.model_fields if name not in {"id", "attempts"}}
    attempts = [{name: getattr(attempt, name) for name in AttemptView.model_fields} for attempt in delivery.attempts]
    return DeliveryView.model_validate(fields | {"id": ids.encode(ids.MESSAGE, delivery.id), "attempts": attempts})
