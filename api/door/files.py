"""The Files API: uploads through to the upstream piece by piece, and shows each project its own files."""

import json
import uuid
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from api.context import Context, Here
from api.door.errors import DoorError, error_responses, invalid
from api.door.passage import KEY_NAME
from api.door.route import BearerUrlRoute, DoorProject, DoorRoute, UploadHolder
from longwatch.domain import ids
from longwatch.domain.ids import MalformedIdError
from longwatch.store import files
from longwatch.store.files import StoredFile, Upload
from longwatch.upstream.document import parse, text_of

router = APIRouter(prefix="/files", tags=["files"], route_class=DoorRoute)
uploads = APIRouter(prefix="/files", tags=["files"], route_class=DoorRoute)
pieces = APIRouter(prefix="/files", tags=["files"], route_class=BearerUrlRoute)

_FILE: Final = "file"
_UPLOAD_URL: Final = "x-goog-upload-url"
_STATUS: Final = "x-goog-upload-status"
_GIVEN_ON: Final = ("x-goog-upload-", "content-type")
_ANSWERED: Final = ("x-goog-upload-", "content-type")
FileName = Annotated[str, Path(description="what follows `files/` in its name", pattern=r"^[\w-]{1,200}$")]
_JSON: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "As the upstream answers.", "content": {"application/json": {"schema": {"type": "object"}}}},
}
# The upstream's own refusals of files, which are passed on, have the status as a number.
_errors: Final = partial(error_responses, code=("string", "integer"))
_CONTENT: Final = {"requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}}


@uploads.post(
    "",
    summary="Start an upload",
    response_class=Response,
    responses={**_JSON, **_errors(400, 413, 502, 504)},
    openapi_extra=_CONTENT,
)
async def start_upload(request: Request, here: Here, project: DoorProject) -> Response:
    """Start a resumable upload upstream, and return where its pieces are to be sent: here."""
    url = f"/upload/{here.settings.upstream_version}/files"
    answer = await here.passage.call("POST", url, content=await request.body(), headers=_given(request))
    target = answer.headers.get(_UPLOAD_URL)
    if answer.status_code != 200 or target is None:
        return _answered(answer.content, answer.status_code, answer.headers)
    upload = Upload(id=ids.new(), project=project, upstream_key=KEY_NAME, upload_url=target)
    async with here.engine.begin() as tx:
        await files.begin(tx, upload)
    ours = f"{str(request.url).partition('?')[0]}/{ids.encode(_FILE, upload.id)}"
    return _answered(answer.content, 200, {**answer.headers, _UPLOAD_URL: ours})


@pieces.post(
    "/{upload_id}",
    summary="Send a piece of an upload",
    response_class=Response,
    responses={**_JSON, **_errors(400, 404, 413, 502, 504)},
    openapi_extra=_CONTENT,
)
async def send_piece(request: Request, here: Here, project: UploadHolder, upload_id: str) -> Response:
    """Pass one piece on as it comes in; after the last, remember the file that it made."""
    async with here.engine.begin() as tx:
        upload = await files.upload(tx, project, _decoded(upload_id))
    headers = {**_given(request), **_length(request)}
    async with here.passage.open("POST", upload.upload_url, content=request.stream(), headers=headers) as answer:
        content = await answer.aread()
    document = (parse(content) or {}).get("file")
    if isinstance(document, dict) and (name := text_of(document.get("name"))):
        async with here.engine.begin() as tx:
            await files.describe(tx, upload.id, name=name, document=document)
    return _answered(content, answer.status_code, answer.headers)


@router.get("", summary="List files", response_class=Response, responses={**_JSON, **error_responses(400)})
async def list_files(
    here: Here,
    project: DoorProject,
    page_size: Annotated[int, Query(alias="pageSize", description="at most 100")] = 10,
    page_token: Annotated[str | None, Query(alias="pageToken", description="of the page before")] = None,
) -> Response:
    """Return the project's files as the upstream last described them, newest first."""
    limit = max(1, min(page_size, 100))
    before = _decoded(page_token) if page_token else None
    async with here.engine.begin() as tx:
        found = await files.listed(tx, project, before=before, limit=limit + 1)
    page: dict[str, Any] = {"files": [dict(item.document) for item in found[:limit]]} if found else {}
    if len(found) > limit:
        page["nextPageToken"] = ids.encode(_FILE, found[limit - 1].id)
    return Response(json.dumps(page), media_type="application/json")


@router.get(
    "/{name}",
    summary="Read a file's state",
    response_class=Response,
    responses={**_JSON, **_errors(400, 404, 502, 504)},
)
async def get_file(here: Here, project: DoorProject, name: FileName) -> Response:
    """Return what the upstream says of the project's file now."""
    return await _passed(here, await _owned(here, project, name), "GET")


@router.delete(
    "/{name}",
    summary="Delete a file",
    response_class=Response,
    responses={**_JSON, **_errors(400, 404, 502, 504)},
)
async def delete_file(here: Here, project: DoorProject, name: FileName) -> Response:
    """Delete the project's file upstream, and forget it here."""
    return await _passed(here, await _owned(here, project, name), "DELETE")


async def _owned(here: Context, project: str, name: str) -> StoredFile:
    async with here.engine.begin() as tx:
        return await files.find(tx, project, f"files/{name}")


async def _passed(here: Context, file: StoredFile, method: str) -> Response:
    answer = await here.passage.call(method, f"/{here.settings.upstream_version}/{file.name}")
    document = parse(answer.content)
    async with here.engine.begin() as tx:
        if answer.status_code == 404 or (method == "DELETE" and answer.status_code == 200):
            await files.forget(tx, file.id)
        elif answer.status_code == 200 and document is not None:
            await files.describe(tx, file.id, name=file.name, document=document)
    return _answered(answer.content, answer.status_code, answer.headers)


def _decoded(text: str) -> uuid.UUID:
    try:
        return ids.decode(_FILE, text)
    except MalformedIdError as error:
        raise invalid("This is no upload or page of ours. Start again without it.") from error


def _given(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.startswith(_GIVEN_ON)}


def _length(request: Request) -> dict[str, str]:
    length = request.headers.get("content-length")
    if length is None:
        raise DoorError(400, "invalid_request", "Send the piece with its `Content-Length`.")
    return {"content-length": length}


def _answered(content: bytes, status: int, headers: Any) -> Response:
    kept = {name: value for name, value in headers.items() if name.lower().startswith(_ANSWERED)}
    return Response(content, status_code=status, headers=kept)
