"""How files are uploaded, described, used and given up."""

import random
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import types

from simulator.config import SimulatorConfig
from simulator.media.drawing import drawn
from tests.support.live_simulator import LiveSimulator, simulator_running

PNG = drawn((40, 20), random.Random(3))


def begun(sim: LiveSimulator, size: int, *, version: str = "v1beta", mime_type: str = "image/png") -> httpx.Response:
    headers = {
        "X-Goog-Upload-Protocol": "resumable",
        "X-Goog-Upload-Command": "start",
        "X-Goog-Upload-Header-Content-Length": str(size),
        "X-Goog-Upload-Header-Content-Type": mime_type,
    }
    body = {"file": {"mimeType": mime_type, "sizeBytes": str(size), "displayName": "a picture"}}
    return sim.http.post(f"/upload/{version}/files", json=body, headers=headers)


def chunk(sim: LiveSimulator, url: str, data: bytes, *, offset: int, command: str) -> httpx.Response:
    headers = {"X-Goog-Upload-Command": command, "X-Goog-Upload-Offset": str(offset)}
    return sim.http.post(url, content=data, headers=headers)


def uploaded(sim: LiveSimulator, data: bytes = PNG, *, mime_type: str = "image/png") -> Any:
    url = begun(sim, len(data), mime_type=mime_type).headers["x-goog-upload-url"]
    return chunk(sim, url, data, offset=0, command="upload, finalize").raise_for_status().json()["file"]


def read(sim: LiveSimulator, file: Any) -> Any:
    return sim.http.get(f"/v1beta/{file['name']}").raise_for_status().json()


def described(sim: LiveSimulator, file: Any, kind: str = "image") -> httpx.Response:
    content = [{"type": kind, "uri": file["uri"]}, {"type": "text", "text": "Describe what you see."}]
    return sim.post({"model": "gemini-2.5-flash", "input": content})


def test_an_upload_in_chunks_ends_final_and_is_described_in_camel_case(sim: LiveSimulator) -> None:
    url = begun(sim, len(PNG)).headers["x-goog-upload-url"]
    first = chunk(sim, url, PNG[:50], offset=0, command="upload")
    assert (first.headers["x-goog-upload-status"], first.content) == ("active", b"")
    last = chunk(sim, url, PNG[50:], offset=50, command="upload, finalize")
    assert last.headers["x-goog-upload-status"] == "final"
    file = last.json()["file"]
    assert file["name"].startswith("files/")
    assert (file["mimeType"], file["sizeBytes"], file["displayName"]) == ("image/png", str(len(PNG)), "a picture")
    assert (file["state"], file["source"]) == ("PROCESSING", "UPLOADED")


@pytest.mark.parametrize("version", ["v1", "v1beta"])
def test_the_upload_url_is_absolute_and_of_the_version_asked_for(sim: LiveSimulator, version: str) -> None:
    url = begun(sim, 1, version=version).headers["x-goog-upload-url"]
    assert url.startswith(f"{sim.url}/upload/{version}/files/")


def test_a_chunk_that_is_sent_again_is_taken_once(sim: LiveSimulator) -> None:
    url = begun(sim, len(PNG)).headers["x-goog-upload-url"]
    for _ in range(2):
        chunk(sim, url, PNG[:50], offset=0, command="upload")
    chunk(sim, url, PNG[50:], offset=50, command="upload, finalize").raise_for_status()
    again = chunk(sim, url, PNG[50:], offset=50, command="upload, finalize")
    assert again.headers["x-goog-upload-status"] == "final"
    assert len(sim.http.get("/v1/files").json()["files"]) == 1


@pytest.mark.parametrize(("size", "offset"), [(len(PNG) + 1, 0), (len(PNG), 7)])
def test_an_upload_of_another_size_or_with_a_gap_is_refused(sim: LiveSimulator, size: int, offset: int) -> None:
    url = begun(sim, size).headers["x-goog-upload-url"]
    assert chunk(sim, url, PNG, offset=offset, command="upload, finalize").status_code == 400


def test_a_file_becomes_active_and_can_then_be_used(sim: LiveSimulator) -> None:
    file = uploaded(sim)
    early = described(sim, file)
    assert (early.status_code, early.json()["error"]["code"]) == (400, "failed_precondition")
    sim.advance(10)
    assert read(sim, file)["state"] == "ACTIVE"
    assert "40 x 20 pixels" in described(sim, file).text


def test_a_damaged_file_fails_and_says_why(sim: LiveSimulator) -> None:
    file = uploaded(sim, PNG[:-20])
    sim.advance(10)
    assert read(sim, file)["state"] == "FAILED"
    assert "cut off" in read(sim, file)["error"]["message"]
    assert described(sim, file).status_code == 400


def test_a_file_of_another_kind_is_refused(sim: LiveSimulator) -> None:
    file = uploaded(sim, b"a,b\n1,2\n", mime_type="text/csv")
    sim.advance(10)
    assert described(sim, file).status_code == 400
    assert "2 lines" in described(sim, file, "document").text


def test_a_file_lives_48_hours(sim: LiveSimulator) -> None:
    file = uploaded(sim)
    sim.advance(48 * 3600 - 60)
    assert read(sim, file)["expirationTime"] > file["createTime"]
    sim.advance(61)
    assert sim.http.get(f"/v1/{file['name']}").status_code == 403
    assert described(sim, file).status_code == 403


def test_files_are_listed_in_pages_and_deleted(sim: LiveSimulator) -> None:
    names = {uploaded(sim)["name"] for _ in range(3)}
    first = sim.http.get("/v1/files?pageSize=2").json()
    second = sim.http.get(f"/v1/files?pageSize=2&pageToken={first['nextPageToken']}").json()
    assert {file["name"] for file in first["files"] + second["files"]} == names
    assert "nextPageToken" not in second
    for name in names:
        assert sim.http.delete(f"/v1/{name}").json() == {}
    assert sim.http.get("/v1/files").json() == {}


def test_files_survive_a_restart(tmp_path: Any) -> None:
    config = SimulatorConfig(data_file=tmp_path / "simulator.jsonl")
    with simulator_running(config) as sim:
        kept, gone = uploaded(sim), uploaded(sim)
        sim.http.delete(f"/v1/{gone['name']}")
    with simulator_running(config) as sim:
        sim.advance(10)
        assert read(sim, kept)["sha256Hash"] == kept["sha256Hash"]
        assert sim.http.get(f"/v1/{gone['name']}").status_code == 403


def test_a_missing_key_is_refused(sim: LiveSimulator) -> None:
    assert sim.http.get("/v1/files", headers={"x-goog-api-key": ""}).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"X-Goog-Upload-Protocol": "raw"}])
def test_another_protocol_is_refused(sim: LiveSimulator, headers: dict[str, str]) -> None:
    assert sim.http.post("/upload/v1/files", json={}, headers=headers).status_code == 400


@pytest.fixture
def client(sim: LiveSimulator) -> Iterator[genai.Client]:
    with genai.Client(api_key="a-key", http_options=types.HttpOptions(base_url=sim.url)) as client:
        yield client


def test_the_sdk_uploads_polls_uses_lists_and_deletes(sim: LiveSimulator, client: genai.Client) -> None:
    file = client.files.upload(file=BytesIO(PNG), config={"mime_type": "image/png", "display_name": "mine"})
    sim.advance(10)
    assert file.name
    assert client.files.get(name=file.name).state == types.FileState.ACTIVE
    request: Any = {"model": "gemini-2.5-flash", "input": [{"type": "image", "uri": file.uri}]}
    assert "40 x 20 pixels" in (client.interactions.create(**request).output_text or "")
    assert [one.display_name for one in client.files.list()] == ["mine"]
    client.files.delete(name=file.name)
    assert list(client.files.list()) == []
