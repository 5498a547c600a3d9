"""Are results derived anew from their bytes, all of them, once each, and nothing else touched?"""

import json
import os
import signal
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from longwatch.domain import ids
from longwatch.domain.states import Status
from longwatch.results.reparsing import AlreadyRunningError, Reparse, Report
from longwatch.store import endings, reparsing
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Engine
from longwatch.store.reparsing import Scope
from longwatch.store.vault import Vault
from tests.support.api import REQUEST, Api, api_over
from tests.support.house import House
from tests.support.scripted_upstream import house_told
from tests.support.store import (
    a_running_interaction,
    advance,
    claim_interaction,
    execute,
    job_row,
    now,
    read,
)
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
OLD = Derivation(text="as an old release read it", usage={"total_tokens": 1})
FORGOTTEN = "UPDATE result SET text = 'as an old release read it', citations = '[]' WHERE derived_at IS NOT NULL"
LINK = {"type": "url_citation", "url": "https://example.com/", "title": "Tea", "start_index": 0, "end_index": 2}


def said(text: str, **fields: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": text, "annotations": [LINK]}]
    steps = [{"type": "model_output", "content": content}]
    return {"status": "completed", "steps": steps, "usage": {"total_tokens": 7}, **fields}


async def results(engine: Engine) -> list[dict[str, Any]]:
    return [dict(row) for row in await read(engine, "SELECT * FROM result ORDER BY interaction_id")]


async def everything_else(engine: Engine) -> list[list[str]]:
    tables = ("job", "interaction", "event", "delivery", "action")
    rows = [await read(engine, f"SELECT t::text AS row FROM {table} AS t ORDER BY 1") for table in tables]  # noqa: S608
    return [[row["row"] for row in found] for found in rows]


async def reparsed(engine: Engine, *, dry: bool = False, **scope: Any) -> Report:
    return await Reparse(engine, Vault([]), Scope(**scope), dry=dry).run()


async def test_what_an_old_release_read_is_read_anew_and_told_by_field(database_url: str) -> None:
    async with house_told(database_url, said("Tea is old.")) as (home, _), api_over(database_url) as api:
        engine = home.runtime.engine
        job = (await api.post())["id"]
        await home.ended(ids.decode(ids.JOB, job), step=5)
        right = (await api.read(f"/v1/jobs/{job}/result")) | {"received_at": None}
        await execute(engine, FORGOTTEN)
        before = await everything_else(engine)
        report = await reparsed(engine)
        assert (report.read, report.changed, report.failed) == (1, 1, 0)
        assert (report.fields, report.examples) == ({"text": 1, "citations": 1}, {"text": [job], "citations": [job]})
        assert (await api.read(f"/v1/jobs/{job}/result")) | {"received_at": None} == right
        assert await everything_else(engine) == before
        again = await reparsed(engine)
        assert (again.read, again.changed) == (1, 0)


async def test_a_dry_run_tells_the_same_and_writes_nothing(database_url: str) -> None:
    async with house_told(database_url, said("Tea is old.")) as (home, _), api_over(database_url) as api:
        engine = home.runtime.engine
        await home.ended(ids.decode(ids.JOB, (await api.post())["id"]), step=5)
        await execute(engine, FORGOTTEN)
        before = await results(engine)
        assert (await reparsed(engine, dry=True)).fields == {"text": 1, "citations": 1}
        assert await results(engine) == before
        assert await read(engine, "SELECT FROM reparse") == []


async def ended(home: House, api: Api, request: dict[str, Any]) -> str:
    job: str = (await api.post(request))["id"]
    await home.ended(ids.decode(ids.JOB, job), step=5)
    return job


async def test_a_run_that_was_carried_on_is_read_with_its_hops(database_url: str) -> None:
    hop = said("The first half.", status="requires_continuation", continuation_token="on")
    async with house_told(database_url, hop, said("The second.")) as (home, _), api_over(database_url) as api:
        job = await ended(home, api, REQUEST)
        right = (await api.read(f"/v1/jobs/{job}/result"))["text"]
        assert "first half" in right
        await execute(home.runtime.engine, FORGOTTEN)
        assert (await reparsed(home.runtime.engine)).read == 1
        assert (await api.read(f"/v1/jobs/{job}/result"))["text"] == right


async def test_a_plan_is_never_made_a_result(database_url: str) -> None:
    planner = {**REQUEST, "agent_config": {"type": "deep-research", "collaborative_planning": True}}
    plan = said("First the moon, then the tides.")
    async with house_told(database_url, plan) as (home, _), api_over(database_url) as api:
        job = (await api.post(planner))["id"]
        await home.when(ids.decode(ids.JOB, job), lambda row: row["status"] == "requires_action", step=5)
        await api.client.post(f"/v1/jobs/{job}/actions", json={"plan": "reject"})
        assert (await reparsed(home.runtime.engine)).read == 0
        assert [row["text"] for row in await results(home.runtime.engine)] == [None]
        # As if it had come after the job's end: then it was looked at, and its usage kept.
        await execute(home.runtime.engine, "UPDATE result SET derived_at = lw_now(), usage = '{\"total_tokens\": 7}'")
        report = await reparsed(home.runtime.engine)
        assert (report.read, [row["text"] for row in await results(home.runtime.engine)]) == (1, [None])


async def test_a_structured_answer_is_parsed_as_it_was_asked_for(database_url: str) -> None:
    form = {"type": "text", "mime_type": "application/json"}
    request = {"model": "gemini-3-flash-preview", "input": "How old is tea?", "response_format": form}
    async with house_told(database_url, said('{"tea": "old"}')) as (home, _), api_over(database_url) as api:
        await ended(home, api, request)
        await execute(home.runtime.engine, "UPDATE result SET parsed = NULL, parse_error = 'not yet'")
        assert (await reparsed(home.runtime.engine)).fields == {"parsed": 1, "parse_error": 1}
        assert [row["parsed"] for row in await results(home.runtime.engine)] == [{"tea": "old"}]


async def an_old_result(engine: Engine, raw: dict[str, Any] | bytes) -> uuid.UUID:
    """Store an ended job whose bytes were read by an old release."""
    running = await a_running_interaction(engine)
    row = await claim_interaction(engine, running.interaction_id)
    body = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    async with engine.begin() as tx:
        await endings.keep(tx, row.held, raw=body, content_type="application/json", readable=True)
        ending = Ending(status=Status.COMPLETED, upstream_status="completed", usage=OLD.usage)
        await endings.end(tx, row.held, running.job_id, ending)
        await endings.derived(tx, row.held.id, OLD)
    return running.job_id


async def test_the_usage_of_the_job_follows_that_of_its_result(engine: Engine) -> None:
    job = await an_old_result(engine, said("Tea is old."))
    await reparsed(engine)
    assert (await job_row(engine, job))["usage"] == {"total_tokens": 7}


async def test_a_scope_is_one_job_or_what_came_since_a_time(engine: Engine) -> None:
    first = await an_old_result(engine, said("Tea."))
    await advance(engine, timedelta(days=2))
    second = await an_old_result(engine, said("Coffee."))
    since = await now(engine) - timedelta(days=1)
    assert (await reparsed(engine, since=since)).examples["text"] == [ids.encode(ids.JOB, second)]
    assert (await reparsed(engine, job_id=first)).examples["text"] == [ids.encode(ids.JOB, first)]
    assert (await reparsed(engine)).changed == 0


async def test_bytes_that_cannot_be_read_take_nothing_away(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise LookupError("a fault of ours")

    await an_old_result(engine, said("Tea."))
    before = await results(engine)
    monkeypatch.setattr("longwatch.results.deriving.derive", fails)
    report = await reparsed(engine)
    assert (report.read, report.changed, report.failed) == (1, 0, 1)
    assert await results(engine) == before


async def test_other_bytes_that_come_meanwhile_are_left_to_whoever_brought_them(engine: Engine) -> None:
    await an_old_result(engine, said("Tea."))
    [row] = await results(engine)
    async with engine.begin() as tx:
        old = await reparsing.stored(tx, row["interaction_id"])
    assert old is not None
    await execute(engine, "UPDATE result SET received_at = received_at + interval '1 s'")
    async with engine.begin() as tx:
        assert not await reparsing.rewrite(tx, old, Derivation(text="stale"))


async def test_one_pass_at_a_time(engine: Engine) -> None:
    async with engine.connect() as other:
        assert await reparsing.alone(other)
        with pytest.raises(AlreadyRunningError):
            await reparsed(engine)


def command(database_url: str, *arguments: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONGWATCH_", "GEMINI_"))}
    argv = [sys.executable, "-m", "longwatch.cli", "reparse", *arguments]
    env = {**kept, "LONGWATCH_DATABASE_URL": database_url}
    return subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_a_pass_that_was_killed_goes_on_where_it_stopped_and_its_report_is_whole(
    engine: Engine, database_url: str
) -> None:
    await an_old_result(engine, said("Tea is old."))
    many = 1500
    copies = """
    WITH first AS (SELECT result.*, interaction.lane_id FROM result JOIN interaction ON id = interaction_id),
    shape AS (SELECT uuidv7() AS id FROM generate_series(2, :many)),
    runs AS (INSERT INTO interaction (id, job_id, lane_id, attempt, role)
        SELECT shape.id, job_id, lane_id, 1, 'collect' FROM shape, first)
    INSERT INTO result (interaction_id, job_id, raw, readable, derived_at, text, citations, artifacts)
    SELECT shape.id, job_id, raw, true, lw_now(), 'as an old release read it', '[]', '[]' FROM shape, first
    """
    await execute(engine, copies, many=many)

    async def under_way() -> bool:
        return bool(await read(engine, "SELECT FROM reparse WHERE position IS NOT NULL"))

    with command(database_url) as process:
        await eventually_async(under_way, within=60)
        process.send_signal(signal.SIGKILL)
    done = len(await read(engine, "SELECT FROM result WHERE text LIKE 'Tea%'"))
    assert 0 < done < many
    with command(database_url) as process:
        told, trouble = process.communicate(timeout=120)
    assert process.returncode == 0, trouble
    assert told.startswith(f"{many:,} results read, {many:,} changed, 0 could not be derived\n  citations")
    assert len(await read(engine, "SELECT FROM result WHERE text LIKE 'Tea%'")) == many
    [passed] = await read(engine, "SELECT finished_at FROM reparse")
    assert passed["finished_at"] is not None


async def test_the_command_says_what_it_cannot_do(engine: Engine, database_url: str) -> None:
    with command(database_url, "--job", "job_nonsense") as process:
        assert (process.wait(60), "is no job's id" in process.communicate()[1]) == (2, True)
    async with engine.connect() as other:
        await reparsing.alone(other)
        with command(database_url) as process:
            assert (process.wait(60), "wait for its end" in process.communicate()[1]) == (1, True)
