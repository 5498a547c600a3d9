"""Which HTTP calls make up the Files API?"""

import json
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from simulator.answers import Answer, ApiError, json_answer
from simulator.delivery import whole
from simulator.files.stored import StoredFile
from simulator.keys import key_refusal
from simulator.world import World

_PAGE, _LARGEST_PAGE = 10, 100


def uploads_router(world: World, *, version: str) -> APIRouter:
    """Return the routes of uploads under /upload/*version*/files."""
    router = APIRouter(prefix=f"/upload/{version}/files")

    @router.post("")
    async def start(request: Request) -> Response:
        body = await request.body()

        def begun() -> Answer:
            token = world.uploads.begin(_json(body), dict(request.headers))
            url = f"{_base(request)}/upload/{version}/files/{token}"
            return Answer(200, b"", headers={"X-Goog-Upload-URL": url, "X-Goog-Upload-Status": "active"})

        return _answered(request, begun)

    @router.post("/{token}")
    @router.put("/{token}")
    async def chunk(token: str, request: Request) -> Response:
        body = await request.body()
        base = f"{_base(request)}/{version}"
        try:
            answer, file = world.uploads.add(token, body, dict(request.headers), now=world.clock.now(), base_url=base)
        except ApiError as refused:
            return whole(refused.answer)
        if file is not None and world.files.find(file.id, now=world.clock.now()) is None:
            world.files.put(file)
        return whole(answer)

    return router


def files_router(world: World) -> APIRouter:
    """Return the routes that read, list and delete files, for one version prefix."""
    router = APIRouter(prefix="/files")

    @router.get("")
    async def listing(request: Request) -> Response:
        return _answered(request, lambda: json_answer(_page(world, dict(request.query_params))))

    @router.get("/{file_id}")
    async def get(file_id: str, request: Request) -> Response:
        return _answered(request, lambda: json_answer(_found(world, file_id).document(world.clock.now())))

    @router.delete("/{file_id}")
    async def delete(file_id: str, request: Request) -> Response:
        def deleted() -> Answer:
            world.files.delete(_found(world, file_id))
            return json_answer({})

        return _answered(request, deleted)

    return router


def _answered(request: Request, act: Callable[[], Answer]) -> Response:
    refused = key_refusal(request.headers.get("x-goog-api-key") or request.query_params.get("key"), op="get")
    try:
        return whole(refused or act())
    except ApiError as error:
        return whole(error.answer)


def _found(world: World, file_id: str) -> StoredFile:
    file = world.files.find(file_id, now=world.clock.now())
    if file is None:
        message = f"You do not have permission to access the File {file_id} or it may not exist."
        raise ApiError(403, message, shape="google")
    return file


def _page(world: World, query: dict[str, str]) -> dict[str, Any]:
    now = world.clock.now()
    try:
        size, start = int(query.get("pageSize") or _PAGE), int(query.get("pageToken") or 0)
    except ValueError as error:
        raise ApiError(400, "Invalid page size or token.", shape="google") from error
    size = max(1, min(size, _LARGEST_PAGE))
    files = world.files.all(now=now)
    more = {"nextPageToken": str(start + size)} if start + size < len(files) else {}
    shown = [file.document(now) for file in files[start : start + size]]
    return ({"files": shown} if shown else {}) | more


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return None
