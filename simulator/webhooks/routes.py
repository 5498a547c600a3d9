"""Which HTTP calls manage webhooks?"""

import json
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from simulator.answers import Answer, ApiError, json_answer
from simulator.delivery import whole
from simulator.keys import key_refusal
from simulator.webhooks.post_office import PostOffice
from simulator.world import World

_ROTATIONS = {"revoke_previous_secrets_after_h24": False, "revoke_previous_secrets_immediately": True}
_PAGE, _LARGEST_PAGE = 50, 1000


def webhooks_router(world: World) -> APIRouter:
    """Return the routes of create, list, get, update and delete, for one version prefix."""
    router = APIRouter(prefix="/webhooks")

    @router.post("")
    async def create(request: Request) -> Response:
        body = _json(await request.body())
        return _answered(request, lambda: _created(world, body))

    @router.get("")
    async def listing(request: Request) -> Response:
        return _answered(request, lambda: json_answer(_page(world, dict(request.query_params))))

    @router.get("/{webhook_id}")
    async def get(webhook_id: str, request: Request) -> Response:
        return _answered(request, lambda: _shown(world, webhook_id))

    @router.patch("/{webhook_id}")
    async def update(webhook_id: str, request: Request) -> Response:
        body = _json(await request.body())

        def updated() -> Answer:
            mask = request.query_params.get("update_mask")
            world.endpoints.update(world.endpoints.find(webhook_id), body, mask=mask, now=world.clock.now())
            return _shown(world, webhook_id)

        return _answered(request, updated)

    @router.delete("/{webhook_id}")
    async def delete(webhook_id: str, request: Request) -> Response:
        def deleted() -> Answer:
            world.endpoints.delete(world.endpoints.find(webhook_id))
            return json_answer({})

        return _answered(request, deleted)

    return router


def webhook_actions_router(world: World, office: PostOffice) -> APIRouter:
    """Return the routes of rotate and ping, for one version prefix."""
    router = APIRouter(prefix="/webhooks")

    @router.post("/{webhook_id}:rotateSigningSecret")
    async def rotate(webhook_id: str, request: Request) -> Response:
        body = _json(await request.body())
        return _answered(request, lambda: _rotated(world, webhook_id, body))

    @router.post("/{webhook_id}:ping")
    async def ping(webhook_id: str, request: Request) -> Response:
        def pinged() -> Answer:
            endpoint = world.endpoints.find(webhook_id)
            office.ping(endpoint.uri, endpoint.id)
            return json_answer({})

        return _answered(request, pinged)

    return router


def keys_router(office: PostOffice) -> APIRouter:
    """Return the route of the service's public keys."""
    router = APIRouter()

    @router.get("/.well-known/jwks.json")
    async def keys() -> dict[str, Any]:
        return office.key_set()

    return router


def _answered(request: Request, act: Callable[[], Answer]) -> Response:
    refused = key_refusal(request.headers.get("x-goog-api-key") or request.query_params.get("key"), op="get")
    try:
        return whole(refused or act())
    except ApiError as error:
        return whole(error.answer)


def _created(world: World, body: Any) -> Answer:
    now = world.clock.now()
    endpoint = world.endpoints.create(body, now=now)
    return json_answer(endpoint.document(now) | {"new_signing_secret": endpoint.secrets[0].value})


def _shown(world: World, webhook_id: str) -> Answer:
    return json_answer(world.endpoints.find(webhook_id).document(world.clock.now()))


def _rotated(world: World, webhook_id: str, body: Any) -> Answer:
    given = body.get("revocation_behavior") if isinstance(body, dict) else None
    behavior = str(given or "revoke_previous_secrets_after_h24").lower()
    if behavior not in _ROTATIONS:
        raise ApiError(400, "Invalid value for 'revocation_behavior'.")
    endpoint = world.endpoints.find(webhook_id)
    return json_answer(
        {"secret": world.endpoints.rotate(endpoint, at_once=_ROTATIONS[behavior], now=world.clock.now())}
    )


def _page(world: World, query: dict[str, str]) -> dict[str, Any]:
    try:
        size, start = int(query.get("page_size") or _PAGE), int(query.get("page_token") or 0)
    except ValueError as error:
        raise ApiError(400, "Invalid page size or token.") from error
    size = max(1, min(size, _LARGEST_PAGE))
    endpoints, now = world.endpoints.all(), world.clock.now()
    more = {"next_page_token": str(start + size)} if start + size < len(endpoints) else {}
    return {"webhooks": [one.document(now) for one in endpoints[start : start + size]]} | more


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return None
