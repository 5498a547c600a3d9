"""What of the upstream's webhooks can be managed here? Nothing: Longwatch sends its own, and says how."""

from fastapi import APIRouter, Response

from api.door.errors import error_responses, refusal
from api.door.route import DoorProject, DoorRoute

_REMEDY = (
    "Longwatch does not manage webhooks of the upstream. Send `X-Longwatch-Webhook-Url` with a create, "
    "or `webhook_url` with POST /v1/jobs, to be told of its end by a signed webhook."
)
router = APIRouter(prefix="/webhooks", tags=["interactions"], route_class=DoorRoute)


@router.get("", summary="List webhooks", response_class=Response, responses=error_responses(501))
async def list_webhooks(_: DoorProject) -> Response:
    """Say that webhooks are not managed here, and what to do instead."""
    return refusal(501, "unimplemented", _REMEDY)


@router.post("", summary="Create a webhook", response_class=Response, responses=error_responses(501))
async def create_webhook(_: DoorProject) -> Response:
    """Say that webhooks are not managed here, and what to do instead."""
    return refusal(501, "unimplemented", _REMEDY)


@router.api_route(
    "/{name}",
    methods=["GET", "POST", "PATCH", "DELETE"],
    include_in_schema=False,
    response_class=Response,
)
async def one_webhook(_: DoorProject, name: str) -> Response:  # noqa: ARG001
    """Say that webhooks are not managed here, and what to do instead."""
    return refusal(501, "unimplemented", _REMEDY)
