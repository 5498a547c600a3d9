"""Is anything at all answered in the upstream's own words, and nothing by a fault of ours?"""

from typing import Any

import pytest

from tests.support.door import Doorway

pytestmark = pytest.mark.anyio

FOREGROUND = {"model": "gemini-2.5-flash", "input": "x"}
STRANGE: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/v1/interactions/%00", {}),
    ("GET", "/v1/interactions/" + "x" * 600, {}),
    ("GET", "/v1/interactions/%F0%9F%8C%B9", {}),
    ("DELETE", "/v1/interactions/int_", {}),
    ("POST", "/v1/interactions/int_1/cancel", {}),
    ("GET", "/v1/files?pageSize=many", {}),
    ("GET", "/v1/files?pageToken=here", {}),
    ("GET", "/v1/files/%00", {}),
    ("GET", "/v1/interactions/int_0?fields=id", {}),
    ("POST", "/v1/interactions", {"content": b"\xff\x00"}),
    ("POST", "/v1/interactions", {"json": {**FOREGROUND, "input": "\x00"}}),
    ("POST", "/v1/interactions", {"content": b'{"model": "m", "input": "\\ud800"}'}),
    ("POST", "/v1/interactions", {"json": {**FOREGROUND, "previous_interaction_id": "int_\x00"}}),
    ("POST", "/v1/interactions", {"json": FOREGROUND, "headers": {"X-Longwatch-Webhook-Url": "ftp://x"}}),
    ("POST", "/v1/interactions", {"json": FOREGROUND, "headers": {"X-Longwatch-Metadata": "[1]"}}),
    ("POST", "/v1/interactions", {"json": FOREGROUND, "headers": {"Idempotency-Key": "x" * 5000}}),
    ("POST", "/v1/interactions", {"json": {"background": True, "agent": 5, "input": {}}}),
    ("POST", "/v1/interactions", {"json": {"background": True}}),
    ("POST", "/upload/v1/files/%00", {"content": b"x"}),
    ("GET", "/v1beta/models", {}),
    ("POST", "/v1/interactions/int_1/resume", {}),
    ("GET", "/upload", {}),
]


@pytest.mark.parametrize(("method", "path", "request_"), STRANGE)
async def test_the_strange_is_refused_and_stored_nowhere(
    door: Doorway, method: str, path: str, request_: dict[str, Any]
) -> None:
    response = await door.client.request(method, path, **request_)
    assert response.status_code in {400, 404}, response.text
    assert response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert (isinstance(error["code"], str), error["message"] != "") == (True, True)
    assert await door.home.rows("SELECT id FROM job") == []


async def test_a_method_that_a_path_does_not_take_is_refused_in_the_doors_words(door: Doorway) -> None:
    response = await door.client.put("/v1/interactions")
    assert (response.status_code, response.json()["error"]["code"]) == (405, "method_not_allowed")
    assert response.headers["content-type"] == "application/json"
    assert (await door.client.put("/v1/jobs")).headers["content-type"] == "application/problem+json"


async def test_a_body_over_the_limit_is_refused(door: Doorway) -> None:
    response = await door.client.post("/v1/interactions", content=b" " * 25_000_001)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "invalid_request")
