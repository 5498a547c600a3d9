"""Can what a job brought be read: derived, raw to the byte, and as a report?"""

import pytest

from longwatch.domain.states import Status
from longwatch.store.endings import Derivation
from longwatch.store.engine import Engine
from tests.support.api import Api, an_ended_job
from tests.support.store import execute

pytestmark = pytest.mark.anyio

TEXT = "# 谷歌 TPU\n\nFirst made in 2015."
SOURCES: list[dict[str, object]] = [
    {"type": "url_citation", "url": "https://example.com/a", "title": "A [history]", "span": None, "details": {}},
    {"type": "url_citation", "url": "https://example.com/b", "title": None, "span": None, "details": {}},
    {"type": "url_citation", "url": "https://example.com/a", "title": "again", "span": None, "details": {}},
    {"type": "place_citation", "url": None, "title": "Mountain View", "span": None, "details": {}},
]
DERIVED = Derivation(text=TEXT, citations=SOURCES, usage={"total_tokens": 12}, revision="steps")


async def test_a_result_holds_text_sources_and_usage(api: Api, engine: Engine) -> None:
    job = await an_ended_job(engine, derivation=DERIVED)
    result = await api.read(f"/v1/jobs/{job}/result")
    assert (result["job_id"], result["status"], result["text"]) == (job, "completed", TEXT)
    assert (result["citations"], result["usage"]) == (SOURCES, {"total_tokens": 12})
    assert result["interaction_id"].startswith("int_")
    assert result["received_at"].endswith("Z")
    for name in ("parsed", "parse_error", "derive_error"):
        assert result[name] is None
    assert result["artifacts"] == []


async def test_the_raw_bytes_come_back_as_they_were_received(api: Api, engine: Engine) -> None:
    raw = b'{"a": "\\u0000\\ud800", "a": 1e999}\n \xff\x00' + bytes(range(256)) * 10
    job = await an_ended_job(engine, derivation=DERIVED, raw=raw)
    response = await api.client.get(f"/v1/jobs/{job}/result/raw")
    assert response.content == raw
    assert response.headers["content-type"] == "application/json; charset=UTF-8"
    assert response.headers["content-disposition"] == f'attachment; filename="{job}.json"'


async def test_a_report_ends_in_the_sources_that_its_text_does_not_name(api: Api, engine: Engine) -> None:
    job = await an_ended_job(engine, derivation=DERIVED)
    response = await api.client.get(f"/v1/jobs/{job}/report.md")
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.content.decode() == (
        f"{TEXT}\n\n## Sources\n\n"
        "1. [A \\[history\\]](https://example.com/a)\n2. [https://example.com/b](https://example.com/b)\n"
    )


async def test_before_the_end_there_is_no_result_and_a_word_on_when_to_ask_again(api: Api) -> None:
    job = await api.post()
    for path in ("result", "result/raw", "report.md"):
        response = await api.client.get(f"/v1/jobs/{job['id']}/{path}")
        assert (response.status_code, response.json()["type"]) == (409, "/problems/not-finished")
        assert int(response.headers["Retry-After"]) > 0
        assert "?wait=" in response.json()["detail"]


async def test_a_job_that_ended_without_an_answer_has_an_empty_result(api: Api) -> None:
    job = await api.post()
    await api.client.post(f"/v1/jobs/{job['id']}/cancel")
    result = await api.read(f"/v1/jobs/{job['id']}/result")
    assert (result["status"], result["text"], result["citations"]) == ("cancelled", None, [])
    for path in ("result/raw", "report.md"):
        assert (await api.client.get(f"/v1/jobs/{job['id']}/{path}")).status_code == 404


async def test_a_result_that_could_not_be_derived_says_why_and_keeps_its_bytes(api: Api, engine: Engine) -> None:
    job = await an_ended_job(engine, derivation=Derivation(error="ValueError"), raw=b"!", status=Status.FAILED)
    result = await api.read(f"/v1/jobs/{job}/result")
    assert (result["text"], result["derive_error"]) == (None, "ValueError")
    assert (await api.client.get(f"/v1/jobs/{job}/result/raw")).content == b"!"


async def test_bytes_that_were_kept_before_the_end_can_be_looked_at(api: Api, engine: Engine) -> None:
    job = await an_ended_job(engine, derivation=DERIVED, raw=b"strange")
    await execute(engine, "UPDATE job SET status = 'in_progress', finished_at = NULL")
    assert (await api.client.get(f"/v1/jobs/{job}/result")).status_code == 409
    assert (await api.client.get(f"/v1/jobs/{job}/result/raw")).content == b"strange"


async def test_after_a_purge_it_is_gone(api: Api, engine: Engine) -> None:
    job = await an_ended_job(engine, derivation=DERIVED)
    assert (await api.client.delete(f"/v1/jobs/{job}")).status_code == 202
    for path in ("", "/result", "/result/raw", "/report.md", "/events", "/deliveries"):
        response = await api.client.get(f"/v1/jobs/{job}{path}")
        assert (response.status_code, response.json()["type"]) == (410, "/problems/gone")
