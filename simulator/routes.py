"""Which HTTP calls make up the Interactions API?"""

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from simulator.config import Revision
from simulator.exchange import exchange, with_evidence
from simulator.ops import CallOp
from simulator.service import Call
from simulator.webhooks.post_office import PostOffice
from simulator.world import World

_REVISIONS: dict[str, Revision] = {"2026-05-07": "legacy", "2026-05-20": "steps"}


def interactions_router(world: World, office: PostOffice) -> APIRouter:
    """Return the routes of create, get, cancel and delete, for one version prefix."""
    router = APIRouter(prefix="/interactions")

    @router.post("")
    async def create(request: Request) -> Response:
        call = _call(world, request, op="create", body=_parsed(await request.body()))
        return exchange(world, await with_evidence(world, call), on_effect=office.watch)

    @router.get("/{interaction_id}")
    async def get(interaction_id: str, request: Request) -> Response:
        op: CallOp = "stream" if request.query_params.get("stream") == "true" else "get"
        return exchange(world, _call(world, request, op=op, interaction_id=interaction_id))

    @router.post("/{interaction_id}/cancel")
    async def cancel(interaction_id: str, request: Request) -> Response:
        call = _call(world, request, op="cancel", interaction_id=interaction_id)
        return exchange(world, call, on_effect=office.watch)

    @router.delete("/{interaction_id}")
    async def delete(interaction_id: str, request: Request) -> Response:
        return exchange(world, _call(world, request, op="delete", interaction_id=interaction_id))

    return router


def _call(world: World, request: Request, *, op: CallOp, interaction_id: str | None = None, body: Any = None) -> Call:
    query = dict(request.query_params)
    if "x-goog-fieldmask" in request.headers:
        query["fields"] = request.headers["x-goog-fieldmask"]
    return Call(
        op=op,
        key=request.headers.get("x-goog-api-key") or query.get("key"),
        id=interaction_id,
        body=body,
        query=query,
        revision=_REVISIONS.get(request.headers.get("api-revision", ""), world.config.default_revision),
    )


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refused)
    except (ValueError, RecursionError):
        return None


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
