import json
import re
from typing import Any

import pytest

from longwatch.store.engine import Engine
from longwatch.store.statements import text
from tests.support.api import api_over
from tests.support.pages import page, pages, rows, snippets

BODY = re.compile(r"-d '([^']+)'")
PATH = re.compile(r"(?:GET|POST|PATCH|DELETE) (/v1/[\w{}/.-]+)|:8080(/[\w$/.-]+)")
BODIES = [(snippet.page, json.loads(body)) for snippet in snippets("sh") for body in BODY.findall(snippet.text)]
JOBS = [(path, body) for path, body in BODIES if "request" in body]


@pytest.mark.anyio
@pytest.mark.parametrize(("path", "body"), JOBS, ids=[path for path, _ in JOBS])
async def test_a_documented_job_is_accepted(database_url: str, path: str, body: dict[str, Any]) -> None:
    async with api_over(database_url) as api:
        response = await api.client.post("/v1/jobs", json=body)
    assert response.status_code == 202, (path, response.text)


@pytest.mark.anyio
async def test_a_documented_path_is_a_route(database_url: str) -> None:
    found = {first or second for name in pages() for first, second in PATH.findall(page(name))}
    wanted = {re.sub(r"/(?:\{id\}|\$JOB)", "/{job_id}", path) for path in found} - {"/console"}
    async with api_over(database_url) as api:
        described = set((await api.read("/openapi.json"))["paths"]) | {"/docs", "/openapi.json"}
    assert wanted <= described


@pytest.mark.anyio
@pytest.mark.parametrize("statement", [snippet.text for snippet in snippets("sql")])
async def test_a_documented_statement_runs(engine: Engine, statement: str) -> None:
    async with engine.begin() as tx:
        await tx.execute(text(statement))


@pytest.mark.anyio
async def test_every_metric_is_documented_with_its_labels_and_nothing_else(database_url: str) -> None:
    async with api_over(database_url, max_running=1) as api:
        await api.post()
        exposed = (await api.client.get("/metrics")).text
    families = set(re.findall(r"^# TYPE (\w+) (?:gauge|counter)$", exposed, re.MULTILINE))
    documented = {row[0].strip("`"): row[1] for row in rows("docs/reference/metrics.md", header="metric")}
    assert set(documented) == families
    for name, labels in re.findall(r"^(longwatch_\w+?)(?:\{(.+)\})? [\d.]+", exposed, re.MULTILINE):
        given = re.findall(r'(\w+)="', labels)
        assert documented[name] == ", ".join(f"`{label}`" for label in given)
