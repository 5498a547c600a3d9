"""Does a pause stop all creating that it covers, and only that, until it is resumed?"""

import asyncio
import re
import uuid

import pytest

from longwatch.domain.shares import Limits
from longwatch.store import admission, endings, health, pausing
from longwatch.store.engine import Engine
from longwatch.store.pausing import Scope
from scheduler.admission import Admission
from tests.support.pages import snippets
from tests.support.plans import analyze, plans_of
from tests.support.store import (
    AGENT,
    a_job,
    a_running_interaction,
    admit_job,
    blocked,
    claim_interaction,
    claim_job,
    execute,
    read,
)

pytestmark = pytest.mark.anyio

EVERYTHING = Scope(project=None)
TENANTS = """
INSERT INTO lane (project, upstream_key, agent) SELECT 'p' || n, 'default', 'a' FROM generate_series(1, 3000) AS n
"""


async def admit(engine: Engine, limit: int) -> int:
    return await Admission(engine, Limits(total=limit)).run_once()


async def admitted(engine: Engine) -> set[uuid.UUID]:
    return {row["id"] for row in await read(engine, "SELECT id FROM job WHERE admitted_at IS NOT NULL")}


async def pause(engine: Engine, scope: Scope) -> bool:
    async with engine.begin() as tx:
        return await pausing.pause(tx, scope)


async def resume(engine: Engine, scope: Scope) -> bool:
    async with engine.begin() as tx:
        return await pausing.resume(tx, scope)


async def pauses(engine: Engine) -> list[Scope]:
    async with engine.begin() as tx:
        return await pausing.pauses(tx, "default")


@pytest.mark.parametrize(
    "scope",
    [
        Scope(project="default"),
        Scope(project="default", agent=AGENT),
        Scope(project="default", upstream_key="default"),
        Scope(project="default", agent=AGENT, upstream_key="default"),
    ],
)
async def test_what_a_person_paused_waits_until_it_is_resumed(engine: Engine, scope: Scope) -> None:
    stopped = await a_job(engine)
    free = await a_job(engine, project="other")
    assert [await pause(engine, scope), await pause(engine, scope)] == [True, False]
    assert await pauses(engine) == [scope]
    assert await admit(engine, 5) == 1
    assert await admitted(engine) == {free}
    assert [await resume(engine, scope), await resume(engine, scope)] == [True, False]
    assert await admit(engine, 5) == 1
    assert stopped in await admitted(engine)


async def test_a_pause_stops_only_what_it_names(engine: Engine) -> None:
    paused = await a_job(engine, agent="a", upstream_key="k")
    others = {await a_job(engine, agent="a"), await a_job(engine, agent="b", upstream_key="k")}
    await pause(engine, Scope(project="default", agent="a", upstream_key="k"))
    await admit(engine, 10)
    assert await admitted(engine) == others
    assert paused not in others


async def test_resuming_undoes_exactly_that_pause(engine: Engine) -> None:
    for scope in (Scope(project="default"), EVERYTHING):
        await pause(engine, scope)
    for scope in (Scope(project="default", agent=AGENT), Scope(project=None, agent=AGENT), Scope(project="other")):
        assert not await resume(engine, scope)
    assert await pauses(engine) == [EVERYTHING, Scope(project="default")]


async def test_a_pause_of_the_installation_stops_every_lane_also_those_that_come_later(engine: Engine) -> None:
    jobs = {await a_job(engine), await a_job(engine, project="other", agent="b", upstream_key="k")}
    await pause(engine, EVERYTHING)
    jobs.add(await a_job(engine, project="new"))
    assert await admit(engine, 10) == 0
    await resume(engine, EVERYTHING)
    assert await admit(engine, 10) == 3
    assert await admitted(engine) == jobs


async def test_a_pause_of_the_installation_may_be_of_one_agent_or_key(engine: Engine) -> None:
    await a_job(engine, project="p", agent="a")
    await a_job(engine, project="q", upstream_key="k")
    free = await a_job(engine, project="q", agent="b")
    await pause(engine, Scope(project=None, agent="a"))
    await pause(engine, Scope(project=None, upstream_key="k"))
    assert await admit(engine, 10) == 1
    assert await admitted(engine) == {free}


async def test_resuming_the_installation_leaves_narrower_pauses(engine: Engine) -> None:
    await a_job(engine)
    free = await a_job(engine, project="other")
    await pause(engine, Scope(project="default"))
    await pause(engine, EVERYTHING)
    assert await admit(engine, 10) == 0
    await resume(engine, EVERYTHING)
    assert await admit(engine, 10) == 1
    assert await admitted(engine) == {free}


async def test_what_had_been_let_in_waits_again_but_for_what_a_worker_holds(engine: Engine) -> None:
    let_in, held, free = [await a_job(engine, project=project) for project in ("p", "p", "q")]
    for job_id in (let_in, held, free):
        await admit_job(engine, job_id)
    await claim_job(engine, held)
    await pause(engine, Scope(project="p"))
    assert await admitted(engine) == {held, free}
    await pause(engine, EVERYTHING)
    assert await admitted(engine) == {held}


async def test_a_run_that_must_be_carried_on_waits_too(engine: Engine) -> None:
    running = await a_running_interaction(engine)
    row = await claim_interaction(engine, running.interaction_id)
    await pause(engine, EVERYTHING)
    async with engine.begin() as tx:
        assert await endings.carry_on(tx, row.held, running.job_id)
    assert await admitted(engine) == set()
    assert await admit(engine, 5) == 0
    await resume(engine, EVERYTHING)
    assert await admit(engine, 5) == 1


async def test_nothing_slips_in_between_a_pause_and_whoever_admits_just_then(engine: Engine) -> None:
    await a_job(engine)
    async with engine.begin() as scheduler:
        assert await admission.admit(scheduler, Limits(total=5)) == 1
        pausing_now = asyncio.create_task(pause(engine, EVERYTHING))
        await blocked(engine)
    assert await pausing_now
    assert await admitted(engine) == set()


async def test_pauses_are_counted_by_their_reach(engine: Engine) -> None:
    for scope in (EVERYTHING, Scope(project="p"), Scope(project="q", agent="a")):
        await pause(engine, scope)
    async with engine.connect() as tx:
        counts = await health.counts(tx)
    assert (counts.installation_pauses, counts.project_pauses) == (1, 2)


async def test_pauses_of_thousands_of_projects_are_hashed_and_not_compared_one_by_one(engine: Engine) -> None:
    await execute(engine, TENANTS)
    await execute(engine, "INSERT INTO pause (project) SELECT project FROM lane")
    await a_job(engine)
    await analyze(engine)
    plan = await plans_of(engine, lambda tx: admission.admit(tx, Limits(total=5)))
    assert re.search(r"Hash (Right )?Anti Join\n.*\n? *Hash Cond: .*pause\.project", plan), plan


async def test_what_the_operations_page_says_stops_a_restored_installation(engine: Engine) -> None:
    await admit_job(engine, await a_job(engine))
    await a_job(engine, project="other")
    [block] = [found.text for found in snippets("sql") if "INTO pause" in found.text]
    for statement in block.strip().rstrip(";").split(";"):
        await execute(engine, statement)
    assert await admitted(engine) == set()
    assert await admit(engine, 10) == 0
    assert await pauses(engine) == [EVERYTHING]
