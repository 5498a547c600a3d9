import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from longwatch.domain.shown import ShownJob
from longwatch.domain.states import Status
from longwatch.store import cancelling, endings, polls, showing
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Engine, Tx
from tests.support.plans import analyze, plans_of
from tests.support.store import (
    PROMPT,
    Running,
    a_job,
    a_running_interaction,
    admit_job,
    advance,
    claim_interaction,
    execute,
    now,
)

pytestmark = pytest.mark.anyio

DAY = timedelta(hours=24)
REPORT = Derivation(
    text="Tides rise.",
    citations=[{"url": "https://a.example"}, {"url": "https://a.example"}, {"url": "https://b.example"}],
)
COMPLETED = Ending(status=Status.COMPLETED, upstream_status="completed", usage={"total_tokens": 42})


async def complete(engine: Engine, running: Running) -> None:
    held = (await claim_interaction(engine, running.interaction_id)).held
    async with engine.begin() as tx:
        await endings.keep(tx, held, raw=b"{}", content_type="application/json", readable=True)
        assert await endings.end(tx, held, running.job_id, COMPLETED)
        await endings.derived(tx, held.id, REPORT)


async def cancel(engine: Engine, job_id: uuid.UUID) -> None:
    async with engine.begin() as tx:
        await cancelling.request_cancel(tx, "default", job_id)


async def shown(engine: Engine, *job_ids: uuid.UUID, words: bool = False) -> Sequence[ShownJob]:
    async with engine.connect() as tx:
        return await showing.shown(tx, job_ids, words=words)


async def test_a_running_job_is_shown_with_its_start_and_its_age(engine: Engine) -> None:
    running = await a_running_interaction(engine, tags=["nightly"])
    await advance(engine, timedelta(seconds=61))
    [job] = await shown(engine, running.job_id)
    assert (job.status, job.attempt, job.upstream_status) == (Status.IN_PROGRESS, 1, "in_progress")
    assert job.started_at is not None
    assert timedelta(seconds=61) <= job.elapsed < timedelta(seconds=71)
    assert job.tags == ["nightly"]


async def test_a_completed_job_is_shown_with_what_it_brought(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    await complete(engine, running)
    [job] = await shown(engine, running.job_id)
    assert (job.characters, job.sources, job.usage) == (11, 2, {"total_tokens": 42})
    assert job.finished_at is not None


async def test_prompt_and_progress_are_read_only_for_who_asked_to_see_them(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    async with engine.begin() as tx:
        await polls.progress(tx, running.job_id, said="Reading about tides")
    [hidden] = await shown(engine, running.job_id)
    [open_to_all] = await shown(engine, running.job_id, words=True)
    assert (hidden.body, hidden.said) == (None, None)
    assert PROMPT.encode() in (open_to_all.body or b"")
    assert open_to_all.said == "Reading about tides"


async def test_an_unknown_job_is_not_shown(engine: Engine) -> None:
    assert not await shown(engine, uuid.uuid4())


async def test_a_job_whose_create_was_meant_once_is_known_by_it(engine: Engine) -> None:
    fresh, tried, again = await a_job(engine), await a_running_interaction(engine), await a_job(engine)
    await execute(engine, "UPDATE job SET attempt = 2 WHERE id = :id", id=again)
    jobs = await shown(engine, fresh, tried.job_id, again)
    assert {job.id: job.tried for job in jobs} == {fresh: False, tried.job_id: True, again: True}


async def test_jobs_made_or_ended_since_are_fresh(engine: Engine) -> None:
    old, ended = await a_job(engine), await a_job(engine)
    running = await a_running_interaction(engine)
    await execute(engine, "SELECT pg_sleep(0.01)")
    since = await now(engine)
    await execute(engine, "SELECT pg_sleep(0.01)")
    made = await a_job(engine)
    await cancel(engine, ended)
    async with engine.connect() as tx:
        fresh = await showing.fresh(tx, since=since, limit=10)
        newest = await showing.fresh(tx, since=since, limit=1)
    assert set(fresh) == {ended, made}
    assert newest == [made]
    assert old not in fresh
    assert running.job_id not in fresh


async def test_history_is_what_runs_what_waits_and_what_ended_within_the_time(engine: Engine) -> None:
    long_ago = await a_job(engine)
    await cancel(engine, long_ago)
    await advance(engine, DAY)
    waiting, running, ended = await a_job(engine), await a_running_interaction(engine), await a_job(engine)
    await cancel(engine, ended)
    async with engine.connect() as tx:
        history = await showing.history(tx, within=DAY, limit=10)
    assert set(history) == {waiting, running.job_id, ended}
    assert history == sorted(history)


@pytest.mark.parametrize("asked", ["fresh", "history"])
async def test_neither_question_reads_all_jobs(engine: Engine, asked: str) -> None:
    for _ in range(3):
        await admit_job(engine, await a_job(engine))
    await execute(
        engine,
        "INSERT INTO job SELECT (json_populate_record(job, json_build_object('id', gen_random_uuid(), 'status', "
        "'completed', 'due_at', NULL, 'finished_at', lw_now() - interval '2 days' * random() - interval '2 days'))).* "
        "FROM job, generate_series(1, 700)",
    )
    await analyze(engine)
    since = await now(engine)

    async def ask(tx: Tx) -> Any:
        if asked == "fresh":
            return await showing.fresh(tx, since=since, limit=500)
        return await showing.history(tx, within=DAY, limit=2000)

    plan = await plans_of(engine, ask)
    assert "job_finished" in plan, plan
    assert "Seq Scan on job" not in plan, plan
