"""Is an interaction's id decided with its job, borne by its create, and found ever after?"""

import uuid
from datetime import timedelta
from functools import partial

import pytest

from longwatch.domain.errors import NotFoundError
from longwatch.domain.states import Status
from longwatch.store import answers, cancelling, creates, door, inserting, naming, resolving, retrying
from longwatch.store.answers import Rejection
from longwatch.store.door import Change
from longwatch.store.engine import Engine, Tx
from longwatch.store.resolving import Decision
from tests.support.plans import analyze, plans_of
from tests.support.store import (
    a_job,
    a_new_job,
    a_running_interaction,
    admit_job,
    an_intent,
    claim_job,
    execute,
    interaction_rows,
    job_row,
    lose,
)

pytestmark = pytest.mark.anyio


async def named(engine: Engine, interaction_id: uuid.UUID, *, project: str = "default") -> uuid.UUID:
    async with engine.begin() as tx:
        return await naming.job_named(tx, project, interaction_id)


async def planned(engine: Engine, job_id: uuid.UUID) -> uuid.UUID:
    return uuid.UUID(str((await job_row(engine, job_id))["next_interaction_id"]))


async def test_the_first_create_bears_the_id_that_was_decided_with_the_job(engine: Engine) -> None:
    job_id = await a_job(engine)
    decided = await planned(engine, job_id)
    assert await named(engine, decided) == job_id
    submitted = await an_intent(engine, job_id=job_id)
    assert submitted.interaction_id == decided
    assert (await job_row(engine, job_id))["next_interaction_id"] is None
    assert await named(engine, decided) == job_id


async def test_a_refused_create_is_sent_again_under_the_same_id(engine: Engine) -> None:
    submitted = await an_intent(engine)
    async with engine.begin() as tx:
        why = Rejection(sent=True, code="rate_limited", message="later")
        await answers.rejected(tx, submitted.intent, why, delay=timedelta(0))
    again = await an_intent(engine, job_id=submitted.job_id)
    assert again.interaction_id == submitted.interaction_id


async def test_a_create_that_is_decided_again_has_an_id_of_its_own_and_both_find_the_job(engine: Engine) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    async with engine.begin() as tx:
        await resolving.resolve(tx, "default", submitted.job_id, Decision(way="resubmit", by="person"))
    second = await planned(engine, submitted.job_id)
    assert second != submitted.interaction_id
    assert {await named(engine, id_) for id_ in (second, submitted.interaction_id)} == {submitted.job_id}
    assert (await an_intent(engine, job_id=submitted.job_id)).interaction_id == second
    assert len(await interaction_rows(engine, submitted.job_id)) == 2


async def test_a_job_of_the_release_before_is_created_under_a_fresh_id(engine: Engine) -> None:
    job_id = await a_job(engine)
    await execute(engine, "UPDATE job SET next_interaction_id = NULL WHERE id = :id", id=job_id)
    await admit_job(engine, job_id)
    job = await claim_job(engine, job_id)
    async with engine.begin() as tx:
        assert await creates.intend(tx, job) is not None


async def test_a_job_that_was_cancelled_before_its_create_is_found_by_its_id(engine: Engine) -> None:
    job_id = await a_job(engine)
    async with engine.begin() as tx:
        await cancelling.request_cancel(tx, "default", job_id)
    assert await named(engine, await planned(engine, job_id)) == job_id


async def test_a_retry_has_an_id_of_its_own(engine: Engine) -> None:
    job_id = await a_job(engine)
    async with engine.begin() as tx:
        await cancelling.request_cancel(tx, "default", job_id)
        placed = await retrying.retry(tx, "default", job_id, again=False)
    assert await named(engine, await planned(engine, placed.job_id)) == placed.job_id


async def test_another_projects_interaction_is_not_there(engine: Engine) -> None:
    job = a_new_job()
    await a_job(engine, interaction_id=job.interaction_id)
    with pytest.raises(NotFoundError):
        await named(engine, job.interaction_id, project="other")
    with pytest.raises(NotFoundError):
        await named(engine, uuid.UUID(int=7))


async def test_names_and_waiting_jobs_are_found_by_an_index_however_many_there_are(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    async with engine.begin() as tx:
        await inserting.insert(tx, [a_new_job() for _ in range(3000)])
    await analyze(engine)

    async def end(tx: Tx) -> None:
        await door.change(tx, Change(job_id=running.job_id, to=Status.FAILED, expect=(Status.IN_PROGRESS,)))

    for act in (end, partial(naming.job_named, project="default", interaction_id=running.interaction_id)):
        plan = await plans_of(engine, act)
        assert "Seq Scan on job" not in plan, plan
