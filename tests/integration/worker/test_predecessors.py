"""Does a job that goes on from another wait for it, start with the upstream's id, or say why it cannot?"""

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from longwatch.domain import ids
from longwatch.domain.errors import InvalidRequestError
from longwatch.store import deleting, inserting, predecessors, retrying
from longwatch.store.inserting import NewJob
from longwatch.store.rows import RowMapping
from longwatch.store.statements import text
from tests.support.house import House
from tests.support.live_simulator import RESEARCHER
from tests.support.scripted_upstream import house_told, posted
from tests.support.store import a_new_job, blocked

pytestmark = pytest.mark.anyio

DONE = {"status": "completed", "steps": [{"type": "model_output", "content": [{"type": "text", "text": "The tides."}]}]}
CUT = {"status": "requires_continuation", "continuation_token": "t", "steps": []}
RUNNING = {"status": "in_progress"}
MINUTE = 61


def a_follower(previous: str, **columns: Any) -> NewJob:
    body = {"agent": RESEARCHER, "input": "Go on", "previous_interaction_id": previous}
    return a_new_job(agent=RESEARCHER, body=json.dumps(body).encode(), previous=previous, **columns)


async def follow(home: House, previous: str, **columns: Any) -> uuid.UUID:
    async with home.runtime.engine.begin() as tx:
        job = await predecessors.linked(tx, a_follower(previous, **columns))
        await inserting.insert(tx, [job])
    return job.id


async def name_of(home: House, job_id: uuid.UUID) -> str:
    row = await home.row(job_id)
    return ids.encode(ids.INTERACTION, row["next_interaction_id"] or row["interaction_id"])


async def settled(home: House, job_id: uuid.UUID) -> RowMapping:
    """Return the job once nothing about it is due any more but time."""
    await home.pump()
    await home.pump()
    return await home.row(job_id)


async def test_a_job_waits_for_the_one_it_goes_on_from_and_is_woken_by_its_end(database_url: str) -> None:
    async with house_told(database_url, RUNNING, DONE) as (home, server):
        first = await home.job()
        second = await follow(home, await name_of(home, first))
        assert (await home.row(second))["status"] == "waiting"
        assert (await home.ended(first, step=5))["status"] == "completed"
        assert (await home.row(second))["status"] in {"waiting", "queued", "submitting", "in_progress"}
        assert (await home.ended(second, step=1))["status"] == "completed"
        assert [body.get("previous_interaction_id") for body in posted(server)] == [None, "run-1"]


async def test_its_end_wakes_it_at_once_and_not_after_a_minute(home: House) -> None:
    first = await home.job()
    second = await follow(home, await name_of(home, first))
    await home.cancel(first)
    row = await settled(home, second)
    assert (row["status"], row["error"]["code"]) == ("failed", "predecessor_cancelled")
    assert (await home.events(second)) == ["job.created", "job.failed"]


async def test_a_job_that_goes_on_from_an_ended_one_starts_like_any_other(database_url: str) -> None:
    async with house_told(database_url, DONE) as (home, server):
        first = await home.job()
        await home.ended(first, step=5)
        second = await follow(home, await name_of(home, first))
        assert (await home.row(second))["status"] == "queued"
        await home.ended(second, step=5)
        assert posted(server)[1]["previous_interaction_id"] == "run-1"


async def test_the_upstreams_own_id_of_a_living_run_is_waited_for_too(database_url: str) -> None:
    async with house_told(database_url, RUNNING, DONE) as (home, _):
        first = await home.job()
        await home.running(first)
        second = await follow(home, "run-1")
        assert (await home.row(second))["status"] == "waiting"
        assert (await home.ended(second, step=5))["status"] == "completed"


async def test_an_id_that_only_the_upstream_knows_is_left_to_it(database_url: str) -> None:
    async with house_told(database_url, DONE) as (home, server):
        job = await follow(home, "v1_made-elsewhere")
        assert (await home.ended(job, step=5))["status"] == "completed"
        assert posted(server)[0]["previous_interaction_id"] == "v1_made-elsewhere"


@pytest.mark.parametrize("ending", ["failed", "incomplete", "budget_exceeded"])
async def test_any_other_ending_of_it_fails_the_job_by_name(home: House, ending: str) -> None:
    home.upstream.life(ending=ending)
    first = await home.job()
    second = await follow(home, await name_of(home, first))
    await home.ended(first)
    row = await home.ended(second, step=1)
    assert (row["status"], row["error"]["code"]) == ("failed", f"predecessor_{ending}")
    assert row["creates"] == 0


async def test_one_that_had_failed_before_fails_the_job_as_well(home: House) -> None:
    first = await home.job()
    name = await name_of(home, first)
    await home.cancel(first)
    row = await settled(home, await follow(home, name))
    assert row["error"]["code"] == "predecessor_cancelled"


async def test_a_run_that_was_continued_is_gone_on_from_at_its_end(database_url: str) -> None:
    async with house_told(database_url, CUT, DONE) as (home, server):
        first = await home.job()
        name = await name_of(home, first)
        await home.ended(first, step=5)
        await home.ended(await follow(home, name), step=5)
        assert [body.get("previous_interaction_id") for body in posted(server)] == [None, "run-1", "run-2"]


async def test_a_whole_chain_runs_in_order(database_url: str) -> None:
    async with house_told(database_url, DONE) as (home, server):
        first = await home.job()
        second = await follow(home, await name_of(home, first))
        third = await follow(home, await name_of(home, second))
        assert (await home.ended(third, step=5))["status"] == "completed"
        assert [body.get("previous_interaction_id") for body in posted(server)] == [None, "run-1", "run-2"]


async def test_a_chain_fails_to_its_last_link(home: House) -> None:
    first = await home.job()
    second = await follow(home, await name_of(home, first))
    third = await follow(home, await name_of(home, second))
    await home.cancel(first)
    assert (await home.ended(third, step=1))["error"]["code"] == "predecessor_failed"


async def test_a_job_whose_predecessor_is_deleted_meanwhile_fails_without_a_create(home: House) -> None:
    first = await home.job()
    await home.ended(first)
    second = await follow(home, await name_of(home, first))
    async with home.runtime.engine.begin() as tx:
        await deleting.delete(tx, "default", first)
    row = await home.ended(second, step=5)
    assert (row["status"], row["error"]["code"], row["creates"]) == ("failed", "predecessor_deleted", 0)


async def test_a_waiting_job_looks_again_each_minute_though_nobody_wakes_it(home: House) -> None:
    first = await home.job()
    second = await follow(home, await name_of(home, first))
    async with home.runtime.engine.begin() as tx:
        await tx.execute(
            text("UPDATE job SET status = 'failed', finished_at = lw_now(), due_at = NULL WHERE id = :id"),
            {"id": first},
        )
    assert (await settled(home, second))["status"] == "waiting"
    await home.later(MINUTE)
    assert (await home.row(second))["status"] == "failed"


async def test_a_waiting_job_is_looked_at_again_and_again_while_the_other_lives(home: House) -> None:
    first = await home.job(run_at=None)
    await home.rows("UPDATE job SET due_at = NULL WHERE id = :id RETURNING id", id=first)
    second = await follow(home, await name_of(home, first))
    for _ in range(3):
        await home.later(MINUTE)
    row = await home.row(second)
    assert (row["status"], row["claim"]) == ("waiting", 3)


async def test_a_start_deadline_does_not_wait(home: House) -> None:
    first = await home.job()
    await home.rows("UPDATE job SET due_at = NULL WHERE id = :id RETURNING id", id=first)
    second = await follow(home, await name_of(home, first), start_deadline_seconds=90)
    await home.later(MINUTE)
    await home.later(31)
    row = await home.row(second)
    assert (row["status"], row["error"]["code"]) == ("expired", "start_deadline")


async def test_a_waiting_job_is_cancelled_at_once(home: House) -> None:
    first = await home.job()
    second = await follow(home, await name_of(home, first))
    await home.cancel(second)
    assert (await home.row(second))["status"] == "cancelled"


async def test_a_waiting_job_takes_no_place_among_those_that_run(home: House) -> None:
    first = await home.job()
    await follow(home, await name_of(home, first))
    await home.running(first)
    assert len(await home.rows("SELECT FROM job WHERE admitted_at IS NOT NULL AND status = 'queued'")) == 0


async def test_a_retry_goes_on_from_the_same(database_url: str) -> None:
    async with house_told(database_url, DONE) as (home, server):
        first = await home.job()
        second = await follow(home, await name_of(home, first))
        await home.cancel(second)
        async with home.runtime.engine.begin() as tx:
            again = await retrying.retry(tx, "default", second, again=False)
        assert (await home.ended(again.job_id, step=5))["status"] == "completed"
        assert posted(server)[1]["previous_interaction_id"] == "run-1"


async def test_an_end_that_comes_while_the_job_is_stored_still_wakes_it(home: House) -> None:
    first = await home.job()
    engine = home.runtime.engine
    async with engine.begin() as storing:
        job = await predecessors.linked(storing, a_follower(await name_of(home, first)))
        await inserting.insert(storing, [job])
        ending = home.runtime.spawn(home.cancel(first), name="cancel")
        await blocked(engine)
    await ending
    assert (await settled(home, job.id))["error"]["code"] == "predecessor_cancelled"


@pytest.mark.parametrize("name", ["int_" + "0" * 26, "int_nonsense", "job_" + "0" * 26])
async def test_what_names_nothing_is_refused(home: House, name: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        await follow(home, name)
    assert [problem.code for problem in refused.value.problems] == ["unknown_interaction"]


async def test_another_projects_interaction_is_refused_in_the_same_words(home: House) -> None:
    other = await home.job(project="other")
    with pytest.raises(InvalidRequestError) as theirs:
        await follow(home, await name_of(home, other))
    with pytest.raises(InvalidRequestError) as nobodys:
        await follow(home, "int_" + "0" * 26)
    assert str(theirs.value) == str(nobodys.value)


async def test_one_made_with_another_key_is_refused(home: House) -> None:
    first = await home.job(upstream_key="second")
    with pytest.raises(InvalidRequestError, match="'second'"):
        await follow(home, await name_of(home, first))


async def test_a_deleted_one_is_refused(home: House) -> None:
    first = await home.job()
    name = await name_of(home, first)
    await home.delete(first)
    with pytest.raises(InvalidRequestError, match="deleted"):
        await follow(home, name)


async def test_a_batch_is_linked_item_by_item(home: House) -> None:
    first = await home.job()
    good = a_follower(await name_of(home, first))
    plain = replace(a_follower("x"), previous=None)
    async with home.runtime.engine.begin() as tx:
        linked = await predecessors.link(tx, [good, a_follower("int_" + "0" * 26), plain])
    assert [isinstance(item, NewJob) for item in linked] == [True, False, True]


async def test_a_plan_that_waits_can_be_gone_on_from_at_once(database_url: str) -> None:
    async with house_told(database_url, DONE) as (home, server):
        config = {"type": "deep-research", "collaborative_planning": True}
        first = await home.job(request={"agent_config": config})
        await home.when(first, lambda row: row["status"] == "requires_action", step=5)
        second = await follow(home, await name_of(home, first))
        assert (await home.ended(second, step=5))["status"] == "completed"
        assert posted(server)[1]["previous_interaction_id"] == "run-1"
