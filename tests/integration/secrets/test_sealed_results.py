"""Are answers that repeat a secret stored sealed, and shown byte for byte to admins only?"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.fernet import Fernet

from longwatch.domain import ids
from longwatch.results.reparsing import Reparse
from longwatch.store import sealing
from longwatch.store.engine import Engine
from longwatch.store.reparsing import Scope
from longwatch.store.sealing import KINDS
from longwatch.store.vault import Vault, VaultError
from tests.support.api import FERNET, Api, another_key, api_over
from tests.support.house import House
from tests.support.raw_server import RawServer, answer
from tests.support.scripted_upstream import Upstream, house, told
from tests.support.store import execute, job_row, read
from tests.support.telltale import telling

pytestmark = pytest.mark.anyio

TOKEN = "Bearer wallaby-in-the-header"
TOOL = {"type": "mcp_server", "name": "tides", "url": "https://mcp.example/", "headers": {"Authorization": TOKEN}}
REQUEST = {"model": "gemini-3-flash-preview", "input": "How high are the tides?", "tools": [TOOL]}
CALL = {"type": "function_call", "id": "one", "name": "weather", "arguments": {"header": TOKEN}}
OTHER = Fernet.generate_key().decode()
DOOR = {"x-goog-api-key": "plain"}


PUSH_TOKEN = "numbat-in-our-push-address"
OURS = {"uris": [f"https://longwatch.example/hooks/gemini/{PUSH_TOKEN}"]}
PLAIN = {"model": "gemini-3-flash-preview", "input": "How high are the tides?"}


def said(text: str, **fields: Any) -> dict[str, Any]:
    note = {"type": "url_citation", "url": f"https://example.com/?q={TOKEN}", "start_index": 0, "end_index": 4}
    content = [{"type": "text", "text": text, "annotations": [note]}]
    steps = [{"type": "model_output", "content": content}]
    return {"status": "completed", "tools": [TOOL], "steps": steps, "usage": {"total_tokens": 7}, **fields}


DONE = said(f"I sent {TOKEN} to the server.")


@dataclass(slots=True)
class Story:
    """A job that has a secret, and those who live with it."""

    home: House
    api: Api
    job: str
    plain: dict[str, str]

    @property
    def engine(self) -> Engine:
        return self.home.runtime.engine

    async def ended(self) -> None:
        await self.home.ended(ids.decode(ids.JOB, self.job), step=5)

    async def raw(self, headers: dict[str, str] | None = None) -> Any:
        response = await self.api.client.get(f"/v1/jobs/{self.job}/result/raw", headers=headers)
        assert response.status_code == 200, response.text
        return response


@asynccontextmanager
async def told_story(database_url: str, *reads: Any, request: dict[str, Any] = REQUEST) -> AsyncIterator[Story]:
    async with (
        RawServer([told(*reads)]) as server,
        house(database_url, Upstream(server.url), encryption_keys=FERNET) as home,
        api_over(database_url) as api,
    ):
        plain = await another_key(home.runtime.engine, project="default", key="plain")
        yield Story(home, api, (await api.post(request))["id"], plain)


async def test_nothing_in_the_database_repeats_it(database_url: str) -> None:
    async with told_story(database_url, DONE) as story:
        await story.ended()
        assert await telling(story.engine, [TOKEN, TOKEN.partition(" ")[2]]) == set()
        [row] = await read(story.engine, "SELECT sealed, text FROM result")
        assert (row["sealed"], row["text"].startswith("I sent [secret]***")) == (True, True)


async def test_an_admin_has_it_byte_for_byte_and_others_masked(database_url: str) -> None:
    async with told_story(database_url, DONE) as story:
        await story.ended()
        whole = await story.raw()
        assert whole.content == json.dumps(DONE).encode()
        assert "X-Longwatch-Masked" not in whole.headers
        masked = await story.raw(story.plain)
        assert TOKEN not in masked.text
        assert masked.json()["tools"][0]["headers"] == {"Authorization": "[secret]"}
        assert masked.headers["X-Longwatch-Masked"] == "true"


@pytest.mark.parametrize("path", ["", "/result", "/report.md", "/events", "/artifacts", "/deliveries"])
async def test_no_view_of_the_job_shows_it_to_anybody(database_url: str, path: str) -> None:
    async with told_story(database_url, DONE) as story:
        await story.ended()
        answer = await story.api.client.get(f"/v1/jobs/{story.job}{path}", headers={"Accept": "application/json"})
        assert answer.status_code == 200
        assert TOKEN not in answer.text


@pytest.mark.parametrize("query", ["", "?stream=true", "?include_input=true"])
async def test_the_interactions_door_does_not_either(database_url: str, query: str) -> None:
    async with told_story(database_url, DONE) as story:
        await story.ended()
        run = (await job_row(story.engine, ids.decode(ids.JOB, story.job)))["interaction_id"]
        path = f"/v1beta/interactions/{ids.encode(ids.INTERACTION, run)}{query}"
        answer = await story.api.client.get(path, headers=DOOR)
        assert answer.status_code == 200
        assert "[secret]" in answer.text
        assert TOKEN not in answer.text


async def test_what_a_run_asks_is_masked_too(database_url: str) -> None:
    asks = {"status": "requires_action", "tools": [TOOL], "steps": [CALL]}
    request = {**REQUEST, "tools": [TOOL, {"type": "function", "name": "weather", "parameters": {"type": "object"}}]}
    async with told_story(database_url, asks, request=request) as story:
        job = ids.decode(ids.JOB, story.job)
        await story.home.when(job, lambda row: row["status"] == "requires_action", step=5)
        assert await telling(story.engine, [TOKEN]) == set()


async def test_a_hop_that_was_sealed_is_carried_on_by_what_it_really_said(database_url: str) -> None:
    hop = said("The first half.", status="requires_continuation", continuation_token=f"on with {TOKEN}")
    async with RawServer([told(hop, DONE)]) as server:
        upstream = Upstream(server.url)
        async with house(database_url, upstream, encryption_keys=FERNET) as home, api_over(database_url) as api:
            job = (await api.post(REQUEST))["id"]
            await home.ended(ids.decode(ids.JOB, job), step=5)
            creates = [request for request in server.requests if request.target.endswith("/interactions")]
            assert json.loads(creates[1].body)["continuation_token"] == f"on with {TOKEN}"
            assert (await api.read(f"/v1/jobs/{job}/result"))["text"].startswith("The first half.I sent [secret]")
            assert await telling(home.runtime.engine, [TOKEN]) == set()


async def test_a_job_without_secrets_is_stored_as_it_comes(database_url: str) -> None:
    async with told_story(database_url, DONE, request={**REQUEST, "tools": [{"type": "google_search"}]}) as story:
        await story.ended()
        [row] = await read(story.engine, "SELECT raw, sealed FROM result")
        assert (json.loads(bytes(row["raw"])), row["sealed"]) == (DONE, False)
        assert (await story.raw(story.plain)).content == json.dumps(DONE).encode()


async def test_a_result_whose_key_is_away_is_kept_sealed_and_waits_for_it(database_url: str) -> None:
    async with told_story(database_url, DONE) as story:
        job = ids.decode(ids.JOB, story.job)
        await story.home.running(job)
        async with (
            RawServer([told(DONE)]) as server,
            house(database_url, Upstream(server.url), encryption_keys=OTHER) as keyless,
        ):
            await keyless.when(job, lambda _: bool(server.requests), step=5)
        [row] = await read(story.engine, "SELECT sealed, text FROM result")
        assert (row["sealed"], row["text"]) == (True, None)
        assert (await job_row(story.engine, job))["status"] == "in_progress"
        assert await telling(story.engine, [TOKEN]) == set()
        await story.ended()
        assert (await story.api.read(f"/v1/jobs/{story.job}/result"))["text"].startswith("I sent [secret]")


async def test_an_api_without_the_key_says_whose_fault_it_is(database_url: str) -> None:
    async with told_story(database_url, DONE) as story:
        await story.ended()
        async with api_over(database_url, encryption_keys=OTHER) as keyless:
            answer = await keyless.client.get(f"/v1/jobs/{story.job}/result/raw")
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
            assert "LONGWATCH_ENCRYPTION_KEYS" in answer.json()["detail"]


async def test_sealed_results_are_derived_anew_masked(database_url: str) -> None:
    async with told_story(database_url, DONE) as story:
        await story.ended()
        await execute(story.engine, "UPDATE result SET text = 'as an old release read it'")
        report = await Reparse(story.engine, Vault([FERNET]), Scope()).run()
        assert report.fields == {"text": 1}
        assert (await story.api.read(f"/v1/jobs/{story.job}/result"))["text"].startswith("I sent [secret]")


async def rotated(engine: Engine, vault: Vault) -> list[int]:
    renewed = []
    for what in KINDS:
        async with engine.begin() as tx:
            rows = await sealing.following(tx, what, after=ids.decode(ids.JOB, "job_" + "0" * 26), limit=10)
            renewed.append(sum([await sealing.renew(tx, vault, what, row) for row in rows]))
    return renewed


async def test_rotated_rows_are_read_without_the_old_key(database_url: str) -> None:
    async with told_story(database_url, DONE) as story:
        await story.ended()
        both = Vault([OTHER, FERNET])
        assert await rotated(story.engine, both) == [1, 1]
        assert await rotated(story.engine, both) == [0, 0]
        async with api_over(database_url, encryption_keys=OTHER) as api:
            answer = await api.client.get(f"/v1/jobs/{story.job}/result/raw")
            assert answer.content == json.dumps(DONE).encode()
        with pytest.raises(VaultError):
            await rotated(story.engine, Vault([FERNET]))


async def test_bytes_from_before_results_were_sealed_are_masked_and_sealed_by_a_rotation(database_url: str) -> None:
    async with told_story(database_url, DONE) as story:
        await story.ended()
        await execute(story.engine, "UPDATE result SET sealed = false, raw = :raw", raw=json.dumps(DONE).encode())
        assert TOKEN not in (await story.raw(story.plain)).text
        assert await rotated(story.engine, Vault([FERNET])) == [0, 1]
        assert await telling(story.engine, [TOKEN]) == set()
        assert (await story.raw()).content == json.dumps(DONE).encode()


async def test_the_token_of_our_push_address_is_sealed_and_masked_like_a_secret(
    database_url: str,
) -> None:
    done = {**DONE, "tools": [], "webhook_config": OURS}
    async with told_story(database_url, done, request=PLAIN) as story:
        await story.ended()
        assert await telling(story.engine, [PUSH_TOKEN]) == set()
        assert (await story.raw()).content == json.dumps(done).encode()
        masked = await story.raw(story.plain)
        assert masked.json()["webhook_config"]["uris"][0].startswith(
            "https://longwatch.example/hooks/gemini/[secret]***"
        )
        assert masked.headers["X-Longwatch-Masked"] == "true"
        assert await rotated(story.engine, Vault([OTHER, FERNET])) == [0, 1]


async def test_a_refusal_that_quotes_our_push_address_tells_no_token(database_url: str) -> None:
    refusal = answer({"error": {"code": "invalid_request", "message": f"Unreachable: {OURS['uris'][0]}"}}, status=400)
    async with (
        RawServer([refusal]) as server,
        house(database_url, Upstream(server.url), encryption_keys=FERNET) as home,
        api_over(database_url) as api,
    ):
        job = (await api.post(PLAIN))["id"]
        await home.ended(ids.decode(ids.JOB, job))
        assert "Unreachable: https://longwatch.example/hooks/gemini/[secret]" in str(await api.read(f"/v1/jobs/{job}"))
        assert await telling(home.runtime.engine, [PUSH_TOKEN]) == set()
