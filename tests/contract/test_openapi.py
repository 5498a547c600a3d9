"""Does the OpenAPI document tell the whole truth? Walked statically, then each documented answer is provoked."""

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from api.application import create_app
from api.problems import Problem
from longwatch.domain.media import MediaFile
from longwatch.embedded.valkey import free_port
from longwatch.store.endings import Derivation
from tests.support.api import REQUEST, Api, an_asking_job, an_ended_job, another_key, api_over, api_settings
from tests.support.store import a_job, an_intent, lose
from tests.support.store import execute as run_sql

Operation = tuple[str, str]
Answer = tuple[str, str, int]

DOCUMENT: dict[str, Any] = create_app(api_settings("postgresql://nowhere/longwatch")).openapi()
EVERYTHING: dict[Operation, dict[str, Any]] = {
    (method.upper(), path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
# The door answers as the upstream does; tests/integration/door shows its answers.
DOOR = {"interactions", "files"}
OPERATIONS = {name: operation for name, operation in EVERYTHING.items() if not DOOR & set(operation["tags"])}
PROBES = {"/livez", "/readyz", "/healthz", "/metrics"}
NO_JOB = "job_" + "0" * 26
BODIES: dict[str, Any] = {
    "/v1/jobs": {"request": REQUEST},
    "/v1/jobs/batch": {"items": [{"request": REQUEST}]},
    "/v1/jobs/resolve": {"as": "fail", "filter": {}},
    "/v1/jobs/{job_id}": {},
    "/v1/jobs/{job_id}/retry": {},
    "/v1/jobs/{job_id}/resolve": {"as": "fail"},
    "/v1/jobs/{job_id}/actions": {"approve": True},
    "/v1/pause": {},
    "/v1/resume": {},
}
NONSENSE = {"limit": "0", "wait": "-1", "after": "-1"}


def test_every_operation_is_named_described_and_grouped() -> None:
    names = [operation["operationId"] for operation in EVERYTHING.values()]
    assert len(set(names)) == len(names)
    groups = {tag["name"] for tag in DOCUMENT["tags"]}
    for operation in EVERYTHING.values():
        assert operation["summary"]
        assert operation["description"].endswith(".")
        assert set(operation["tags"]) <= groups


def test_every_operation_but_the_probes_asks_for_the_key() -> None:
    assert DOCUMENT["components"]["securitySchemes"]["LongwatchKey"]["scheme"] == "bearer"
    open_paths = {path for (_, path), operation in EVERYTHING.items() if "security" not in operation}
    assert open_paths == PROBES


def test_every_error_is_a_problem() -> None:
    for (_, path), operation in OPERATIONS.items():
        errors = {status: response for status, response in operation["responses"].items() if int(status) >= 400}
        for status, response in errors.items():
            also = {"application/json"} if (path, status) == ("/healthz", "503") else set()
            assert response["content"].keys() == {"application/problem+json"} | also
            assert response["description"]
    assert "HTTPValidationError" not in DOCUMENT["components"]["schemas"]


def test_every_body_and_every_view_of_a_job_has_an_example() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for operation in OPERATIONS.values():
        for reference in _references(operation.get("requestBody", {})):
            assert "example" in schemas[reference], reference
    for view in ("JobView", "ResultView", "EventView", "Problem"):
        assert "example" in schemas[view]


def test_every_reference_leads_somewhere() -> None:
    assert set(_references(DOCUMENT)) <= DOCUMENT["components"]["schemas"].keys()


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].removeprefix("#/components/schemas/")
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


class Witness:
    """Notes every answer by the operation that gave it, and that each error is a well-formed problem."""

    def __init__(self) -> None:
        self.seen: set[Answer] = set()

    async def __call__(self, response: httpx.Response) -> None:
        path = _template_of(response.request.url.path)
        self.seen.add((response.request.method, path, response.status_code))
        if response.headers["content-type"] == "application/problem+json":
            await response.aread()
            problem = Problem.model_validate_json(response.content)
            assert problem.status == response.status_code
            assert problem.detail.endswith((".", "`."))


def _template_of(path: str) -> str:
    candidates = [template for _, template in OPERATIONS if _pattern(template).fullmatch(path)]
    return min(candidates, key=lambda template: template.count("{"))


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", template))


def _having(status: int) -> Iterator[tuple[str, str]]:
    return (operation for operation in OPERATIONS if str(status) in OPERATIONS[operation]["responses"])


async def call(
    api: Api, operation: Operation, *, job: str = NO_JOB, index: str = "0", **request: Any
) -> httpx.Response:
    method, template = operation
    if "content" not in request and "requestBody" in OPERATIONS[operation]:
        request.setdefault("json", BODIES[template])
    return await api.client.request(method, template.replace("{job_id}", job).replace("{index}", index), **request)


async def without_a_key(api: Api) -> None:
    for operation in _having(401):
        await call(api, operation, headers={"Authorization": "Bearer wrong"})


async def without_an_admins_key(api: Api) -> None:
    headers = await another_key(api.context.engine, project="default", key="no admin's")
    for operation in _having(403):
        await call(api, operation, json={"installation": True}, headers=headers)


async def with_no_json(api: Api) -> None:
    for operation in _having(400):
        await call(api, operation, content=b"{", headers={"Content-Type": "application/json"})


async def with_nonsense(api: Api) -> None:
    for operation in _having(422):
        body: list[str] | None = [] if "requestBody" in OPERATIONS[operation] else None
        await call(api, operation, index="first", json=body, params=NONSENSE)


async def about_no_job(api: Api) -> None:
    for operation in _having(404):
        await call(api, operation)


async def about_a_deleted_job(api: Api) -> None:
    posted = await api.client.post("/v1/jobs", json=BODIES["/v1/jobs"], headers={"Idempotency-Key": "deleted"})
    await call(api, ("DELETE", "/v1/jobs/{job_id}"), job=posted.json()["id"])
    for operation in _having(410):
        await call(api, operation, job=posted.json()["id"], headers={"Idempotency-Key": "deleted"})


async def in_the_wrong_state(api: Api) -> None:
    queued = (await api.post())["id"]
    for path in ("/result", "/result/raw", "/report.md", "/artifacts", "/artifacts/{index}"):
        await call(api, ("GET", f"/v1/jobs/{{job_id}}{path}"), job=queued)
    for path in ("/retry", "/resolve", "/actions"):
        await call(api, ("POST", f"/v1/jobs/{{job_id}}{path}"), job=queued)
    ended = await an_ended_job(api.context.engine, derivation=Derivation(text="done"))
    await call(api, ("POST", "/v1/jobs/{job_id}/cancel"), job=ended)
    await call(api, ("PATCH", "/v1/jobs/{job_id}"), job=ended)
    for priority in (1, 2):
        body = {"request": REQUEST, "priority": priority}
        await call(api, ("POST", "/v1/jobs"), json=body, headers={"Idempotency-Key": "conflict"})


async def as_it_should_be(api: Api) -> None:
    for path in PROBES:
        await call(api, ("GET", path))
    await call(api, ("POST", "/v1/jobs"), params={"dry_run": "true"})
    for path in ("/v1/jobs/batch", "/v1/jobs/resolve", "/v1/pause", "/v1/resume"):
        await call(api, ("POST", path))
    picture = MediaFile(index=0, mime_type="image/png", sha256=b"digest", data=b"png")
    ended = await an_ended_job(api.context.engine, derivation=Derivation(text="done", files=[picture]))
    for operation in OPERATIONS:
        if operation[0] == "GET":
            await call(api, operation, job=ended)
    await call(api, ("POST", "/v1/jobs/{job_id}/retry"), job=ended)
    lost = await an_intent(api.context.engine)
    await lose(api.context.engine, lost.intent)
    held = (await api.read("/v1/jobs", attention="true"))["items"][0]["id"]
    await call(api, ("POST", "/v1/jobs/{job_id}/resolve"), job=held)
    asking = await an_asking_job(api.context.engine)
    await call(api, ("POST", "/v1/jobs/{job_id}/actions"), job=asking)
    queued = (await api.post())["id"]
    for method, path in [("PATCH", ""), ("POST", "/cancel"), ("DELETE", "")]:
        await call(api, (method, f"/v1/jobs/{{job_id}}{path}"), job=queued)


async def late(api: Api) -> None:
    await a_job(api.context.engine)
    await run_sql(api.context.engine, "UPDATE job SET admitted_at = lw_now(), due_at = lw_now() - interval '1 hour'")
    await call(api, ("GET", "/healthz"))


SCENES: list[Callable[[Api], Awaitable[None]]] = [
    without_a_key,
    without_an_admins_key,
    with_no_json,
    with_nonsense,
    about_no_job,
    about_a_deleted_job,
    in_the_wrong_state,
    as_it_should_be,
    late,
]


@pytest.mark.anyio
async def test_every_documented_answer_is_real_and_every_real_one_documented(database_url: str) -> None:
    witness = Witness()
    async with api_over(database_url, max_body_bytes=4096) as api:
        api.client.event_hooks["response"] = [witness]
        for scene in SCENES:
            await scene(api)
        for operation in _having(413):
            await call(api, operation, content=b" " * 5000, headers={"Content-Type": "application/json"})
    async with api_over(f"postgresql://longwatch@127.0.0.1:{free_port()}/longwatch") as broken:
        broken.client.event_hooks["response"] = [witness]
        for operation in _having(503):
            await call(broken, operation)
    documented = {
        (method, path, int(status))
        for (method, path), operation in OPERATIONS.items()
        for status in operation["responses"]
    }
    assert documented - witness.seen == set(), "documented, but never seen"
    assert witness.seen - documented == set(), "seen, but not documented"
