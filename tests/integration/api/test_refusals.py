"""Is every request that cannot be accepted refused with its reason and a remedy, and nothing kept of it?"""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from longwatch.store.engine import Engine
from longwatch.store.statements import text
from tests.support.api import KEY, REQUEST, Api, another_key, api_over
from tests.support.store import read

pytestmark = pytest.mark.anyio

NUL, HALF = "a\x00b", "\ud800"
JSON = {"Content-Type": "application/json"}


async def refused(api: Api, body: Any, *, field: str) -> dict[str, str]:
    """Post *body*, and return what is said about *field*."""
    response = await api.client.post("/v1/jobs", content=json.dumps(body), headers=JSON)
    assert response.status_code == 422, (body, response.text)
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == "/problems/invalid-request"
    assert all(item["remedy"].endswith(".") for item in problem["problems"])
    assert problem["detail"].endswith(problem["problems"][0]["remedy"])
    return next(item for item in problem["problems"] if item["field"] == field)


REFUSED: list[tuple[str, Any]] = [
    ("request", {}),
    ("request", {"request": "text"}),
    ("priority", {"request": REQUEST, "priority": 10}),
    ("priority", {"request": REQUEST, "priority": "5"}),
    ("run_at", {"request": REQUEST, "run_at": "2026-11-22T18:00:00"}),
    ("run_at", {"request": REQUEST, "run_at": 1_700_000_000}),
    ("run_at", {"request": REQUEST, "run_at": "0001-01-01T00:00:00+14:00"}),
    ("tags[0]", {"request": REQUEST, "tags": [NUL]}),
    ("tags[0]", {"request": REQUEST, "tags": [HALF]}),
    ("tags[0]", {"request": REQUEST, "tags": ["x" * 65]}),
    ("tags", {"request": REQUEST, "tags": [str(number) for number in range(21)]}),
    ("metadata", {"request": REQUEST, "metadata": {"note": NUL}}),
    ("metadata", {"request": REQUEST, "metadata": {HALF: 1}}),
    ("metadata", {"request": REQUEST, "metadata": {"much": "x" * 16_384}}),
    ("metadata", {"request": REQUEST, "metadata": [1]}),
    ("webhook_url", {"request": REQUEST, "webhook_url": "http://10.0.0.1/"}),
    ("webhook_url", {"request": REQUEST, "webhook_url": "ftp://example.com/"}),
    ("webhook_events[0]", {"request": REQUEST, "webhook_events": ["job.progress"]}),
    ("webhook_events[0]", {"request": REQUEST, "webhook_events": ["job.finished"]}),
    ("deadline_seconds", {"request": REQUEST, "deadline_seconds": 0}),
    ("on_unknown_submit", {"request": REQUEST, "on_unknown_submit": "guess"}),
    ("upstream_key", {"request": REQUEST, "upstream_key": "another"}),
    ("watch", {"request": REQUEST, "watch": "telepathy"}),
    ("request.store", {"request": {**REQUEST, "background": True, "store": False}}),
    ("request.background", {"request": {**REQUEST, "background": False}}),
    ("request.model", {"request": {"model": "m" * 201, "input": "x"}}),
    ("request.previous_interaction_id", {"request": {**REQUEST, "previous_interaction_id": "int_" + "0" * 26}}),
]


async def test_a_field_that_cannot_be_accepted_is_named_with_a_remedy(api: Api, engine: Engine) -> None:
    for field, body in REFUSED:
        assert await refused(api, body, field=field), body
    assert await read(engine, "SELECT FROM job") == []


async def test_an_unknown_field_is_refused_and_the_nearest_known_one_named(api: Api) -> None:
    for given, meant in [("webhook_ulr", "`webhook_url`"), ("prioritty", "`priority`"), ("zzz", "Leave it out")]:
        told = await refused(api, {"request": REQUEST, given: "x"}, field=given)
        assert told["code"] == "unknown_field"
        assert meant in told["remedy"]


async def test_several_wrong_fields_are_told_at_once(api: Api) -> None:
    body = {"request": REQUEST, "priority": 11, "deadline_seconds": -1}
    response = await api.client.post("/v1/jobs", json=body)
    assert [problem["field"] for problem in response.json()["problems"]] == ["priority", "deadline_seconds"]
    assert "1 more in `problems`" in response.json()["detail"]


async def test_a_body_that_is_not_json_is_a_400(api: Api) -> None:
    for content in [b"{", b"\xff\xfe{", b"[" * 100_000, b'{"request": NaN', b'{"a": ' + b"9" * 5000 + b"}", b"nothing"]:
        response = await api.client.post("/v1/jobs", content=content, headers=JSON)
        assert response.status_code == 400, content[:50]
        assert response.json()["type"] == "/problems/malformed-body"
        assert response.json()["detail"].endswith("Send one JSON object in UTF-8.")


async def test_a_number_that_json_does_not_know_is_refused(api: Api) -> None:
    for number in (b"NaN", b"1e999", b"-Infinity"):
        content = b'{"request": {"model": "m", "input": "x"}, "metadata": {"n": ' + number + b"}}"
        response = await api.client.post("/v1/jobs", content=content, headers=JSON)
        assert (response.status_code, response.json()["problems"][0]["field"]) == (422, "metadata")


async def test_a_form_instead_of_json_is_told_which_content_type_to_send(api: Api) -> None:
    response = await api.client.post("/v1/jobs", data={"request": "x"})
    assert response.status_code == 422
    assert "Content-Type: application/json" in response.json()["detail"]


async def test_an_idempotency_key_is_printable_and_short(api: Api) -> None:
    for key in ("", " ", "käse", "x" * 256, " x", "a\tb"):
        headers = {b"Idempotency-Key": key.encode("latin-1")}
        response = await api.client.post("/v1/jobs", json={"request": REQUEST}, headers=headers)
        assert (response.status_code, response.json()["problems"][0]["field"]) == (422, "header.idempotency-key")


async def test_without_a_valid_key_nothing_is_told_nor_read(api: Api) -> None:
    del api.client.headers["Authorization"]
    for authorization in ({}, *({"Authorization": value} for value in ("Bearer", "Basic eDp5", "Bearer wrong"))):
        response = await api.client.post("/v1/jobs", content=b"{", headers=authorization)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert "LONGWATCH_API_KEY" in response.json()["detail"]


async def test_a_revoked_key_is_refused(api: Api, engine: Engine) -> None:
    headers = await another_key(engine, project="default", key="old")
    async with engine.begin() as tx:
        await tx.execute(text("UPDATE api_key SET revoked_at = lw_now() WHERE name = 'default'"))
    assert (await api.client.get("/v1/jobs", headers=headers)).status_code == 401


async def test_the_scheme_of_the_key_may_be_written_in_any_case(api: Api) -> None:
    assert (await api.client.get("/v1/jobs", headers={"Authorization": f"bearer {KEY}"})).status_code == 200


async def test_paths_and_methods_that_are_not_there_are_problems_too(api: Api) -> None:
    missing = await api.client.get("/v1/nothing")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/not-found")
    assert missing.json()["instance"] == "/v1/nothing"
    method = await api.client.put("/v1/jobs")
    assert (method.status_code, method.json()["type"]) == (405, "/problems/method-not-allowed")
    assert method.headers["Allow"] == "GET, POST"
    assert (await api.client.put("/v1/jobs/resolve")).headers["Allow"] == "DELETE, GET, PATCH, POST"


async def test_an_id_that_leads_nowhere_is_a_404(api: Api) -> None:
    for job_id in ("job_" + "0" * 26, "job_short", "int_" + "0" * 26, "job_" + "z" * 26, "%00"):
        response = await api.client.get(f"/v1/jobs/{job_id}")
        assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")


async def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(database_url: str) -> None:
    async with api_over(database_url, max_body_bytes=2000) as small:
        response = await small.client.post("/v1/jobs", json={"request": {**REQUEST, "input": "x" * 2000}})
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
    assert "LONGWATCH_MAX_BODY_BYTES" in response.json()["detail"]


async def test_a_body_of_unknown_length_is_counted_while_it_streams(database_url: str) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 100
            yield b" " * 100

    async with api_over(database_url, max_body_bytes=2000) as small:
        response = await small.client.post("/v1/jobs", content=endless(), headers=JSON)
    assert response.status_code == 413
    assert "Content-Length" not in response.request.headers


async def test_a_body_at_the_limit_is_taken(database_url: str) -> None:
    async with api_over(database_url, max_body_bytes=2000) as small:
        content = b'{"request": {"model": "gemini-3-flash", "input": "x"}}'.ljust(2000)
        response = await small.client.post("/v1/jobs", content=content, headers=JSON)
    assert response.status_code == 202


async def test_secrets_are_refused_where_nothing_could_encrypt_them(database_url: str, engine: Engine) -> None:
    tool = {"type": "mcp_server", "name": "wiki", "url": "https://mcp.example", "headers": {"X-Token": "s3cret"}}
    async with api_over(database_url, encryption_keys="") as plain:
        told = await refused(plain, {"request": {**REQUEST, "tools": [tool]}}, field="request")
    assert "LONGWATCH_ENCRYPTION_KEYS" in told["remedy"]
    assert await read(engine, "SELECT FROM job") == []
