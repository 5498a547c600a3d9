"""Do files pass through the door as SDKs send them, each project's to itself?"""

from typing import Any

import httpx
import pytest

from tests.support.api import another_key
from tests.support.door import Doorway, doorway
from tests.support.live_simulator import LiveSimulator
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

PIECE = 256 * 1024


def started(size: int, kind: str = "text/plain") -> dict[str, str]:
    return {
        "X-Goog-Upload-Protocol": "resumable",
        "X-Goog-Upload-Command": "start",
        "X-Goog-Upload-Header-Content-Length": str(size),
        "X-Goog-Upload-Header-Content-Type": kind,
    }


async def upload(door: Doorway, content: bytes, *, version: str = "v1beta") -> dict[str, Any]:
    """Upload *content* in pieces and return what is said of the file."""
    meta = {"file": {"mime_type": "text/plain", "size_bytes": len(content)}}
    start = await door.client.post(f"/upload/{version}/files", json=meta, headers=started(len(content)))
    assert start.status_code == 200, start.text
    target = start.headers["X-Goog-Upload-URL"]
    assert target.startswith(str(door.client.base_url))
    response = start
    for offset in range(0, len(content), PIECE):
        last = offset + PIECE >= len(content)
        command = "upload, finalize" if last else "upload"
        headers = {"X-Goog-Upload-Command": command, "X-Goog-Upload-Offset": str(offset)}
        response = await door.client.post(target, content=content[offset : offset + PIECE], headers=headers)
        assert response.headers["X-Goog-Upload-Status"] == ("final" if last else "active"), response.text
    found: dict[str, Any] = response.json()["file"]
    return found


@pytest.mark.parametrize("version", ["v1", "v1beta"])
async def test_a_file_is_uploaded_in_pieces_read_and_deleted(door: Doorway, version: str) -> None:
    file = await upload(door, b"roses are red\n" * 50_000, version=version)
    assert int(file["sizeBytes"]) == 700_000

    async def active() -> bool:
        found = (await door.client.get(f"/{version}/{file['name']}")).json()
        return bool(found["state"] == "ACTIVE")

    await eventually_async(active, within=20)
    listed = (await door.client.get(f"/{version}/files")).json()["files"]
    assert [item["name"] for item in listed] == [file["name"]]
    assert (await door.client.delete(f"/{version}/{file['name']}")).json() == {}
    assert (await door.client.get(f"/{version}/{file['name']}")).status_code == 404
    assert (await door.client.get(f"/{version}/files")).json() == {}


async def test_another_projects_file_is_not_there(door: Doorway) -> None:
    file = await upload(door, b"roses")
    await another_key(door.home.runtime.engine, project="other", key="other-key")
    stranger = {"x-goog-api-key": "other-key"}
    assert (await door.client.get(f"/v1/{file['name']}", headers=stranger)).status_code == 404
    assert (await door.client.delete(f"/v1/{file['name']}", headers=stranger)).status_code == 404
    assert (await door.client.get("/v1/files", headers=stranger)).json() == {}


async def test_the_pieces_need_no_key_but_the_url_that_was_given(door: Doorway) -> None:
    start = await door.client.post("/upload/v1/files", json={"file": {"mime_type": "text/plain"}}, headers=started(5))
    headers = {"X-Goog-Upload-Command": "upload, finalize", "X-Goog-Upload-Offset": "0"}
    async with httpx.AsyncClient() as keyless:
        sent = await keyless.post(start.headers["X-Goog-Upload-URL"], content=b"roses", headers=headers)
        assert sent.json()["file"]["sizeBytes"] == "5"
        refused = await keyless.post(f"{door.client.base_url}/upload/v1/files", json={}, headers=started(5))
        assert refused.status_code == 401


async def test_files_are_listed_by_page(door: Doorway) -> None:
    names = [(await upload(door, f"rose {number}".encode()))["name"] for number in range(3)]
    first = (await door.client.get("/v1/files?pageSize=2")).json()
    second = (await door.client.get(f"/v1/files?pageSize=2&pageToken={first['nextPageToken']}")).json()
    assert [item["name"] for item in first["files"] + second["files"]] == names[::-1]
    assert "nextPageToken" not in second


async def test_nonsense_is_refused_as_the_upstream_would(door: Doorway) -> None:
    unknown = await door.client.post("/upload/v1/files/file_" + "0" * 26, content=b"x")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "not_found")
    malformed = await door.client.post("/upload/v1/files/nothing", content=b"x")
    assert (malformed.status_code, malformed.json()["error"]["code"]) == (400, "invalid_request")


async def test_an_upstream_that_is_away_is_said_to_be(database_url: str, upstream: LiveSimulator) -> None:
    async with doorway(database_url, upstream, upstream_url="http://127.0.0.1:9") as door:
        response = await door.client.post("/upload/v1/files", json={"file": {}}, headers=started(1))
        assert (response.status_code, response.json()["error"]["code"]) == (502, "service_unavailable")


async def test_without_an_upstream_key_it_is_said_what_is_missing(database_url: str, upstream: LiveSimulator) -> None:
    async with doorway(database_url, upstream, gemini_api_key=None) as door:
        response = await door.client.post("/v1/interactions", json={"model": "gemini-2.5-flash", "input": "x"})
        assert response.status_code == 400
        assert "GEMINI_API_KEY" in response.json()["error"]["message"]


async def test_an_uploaded_file_can_be_asked_about(door: Doorway) -> None:
    file = await upload(door, b"The rose is red. " * 20)
    content = [
        {"type": "text", "text": "What is in this file?"},
        {"type": "document", "uri": file["uri"], "mime_type": "text/plain"},
    ]
    body = {"model": "gemini-2.5-flash", "input": content}
    answered = await door.client.post("/v1/interactions", json=body)
    assert answered.json()["status"] == "completed", answered.text
