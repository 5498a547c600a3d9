"""Is a file that the upstream still processes waited for?"""

from typing import Any

import pytest

from tests.contract.support.media import mp4
from tests.support.house import House

pytestmark = pytest.mark.anyio

HEADERS = {"x-goog-api-key": "a-key", "x-goog-upload-protocol": "resumable", "x-goog-upload-command": "start"}


def uploaded(home: House, data: bytes) -> Any:
    """Upload a video, which the simulator takes five of its seconds to process."""
    size = {"x-goog-upload-header-content-length": str(len(data)), "x-goog-upload-header-content-type": "video/mp4"}
    begun = home.upstream.http.post("/upload/v1beta/files", json={"file": {}}, headers=HEADERS | size)
    piece = {"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "0"}
    done = home.upstream.http.post(begun.headers["x-goog-upload-url"], content=data, headers=piece)
    return done.raise_for_status().json()["file"]


def looking_at(file: Any) -> dict[str, Any]:
    return {"input": [{"type": "video", "uri": file["uri"], "mime_type": "video/mp4"}]}


async def test_nothing_is_created_before_it_may_be_used_and_the_job_says_so(home: House) -> None:
    file = uploaded(home, mp4(7, width=64, height=48))
    job = await home.job(request=looking_at(file))
    await home.pump()
    row = await home.row(job)
    assert (row["status"], row["queue_detail"]) == ("queued", f"the upstream is still processing {file['name']}")
    assert row["admitted_at"] is None
    assert home.upstream.entries("create") == []
    row = await home.running(job)
    assert (row["creates"], row["queue_detail"]) == (1, None)


async def test_one_that_cannot_be_processed_fails_the_job_in_the_upstreams_words(home: House) -> None:
    file = uploaded(home, b"no video at all")
    job = await home.job(request=looking_at(file))
    row = await home.ended(job)
    assert row["status"] == "failed"
    assert file["name"].removeprefix("files/") in row["error"]["message"]


async def test_one_that_the_upstream_does_not_know_fails_its_job_and_stops_nobody_elses(home: House) -> None:
    job = await home.job(request=looking_at({"uri": "https://files.example/v1beta/files/nobody-knows"}))
    row = await home.ended(job)
    assert (row["status"], row["creates"], row["attention_code"]) == ("failed", 1, None)
    assert await home.rows("SELECT FROM lane WHERE pause_code IS NOT NULL") == []
