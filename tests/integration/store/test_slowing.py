"""Does a tenant's crowd wait its turn, and a lane slow down when the upstream says 429?"""

import uuid
from datetime import timedelta

import pytest

from longwatch.domain.shares import Limits
from longwatch.store import admission, lanes
from longwatch.store.engine import Engine
from tests.support.store import a_job, a_running_interaction, advance, an_intent, read

pytestmark = pytest.mark.anyio


async def admit(engine: Engine, limit: int) -> int:
    async with engine.begin() as tx:
        return await admission.admit(tx, Limits(total=limit))


async def admitted(engine: Engine) -> set[uuid.UUID]:
    return {row["id"] for row in await read(engine, "SELECT id FROM job WHERE admitted_at IS NOT NULL")}


async def test_one_tenants_crowd_does_not_keep_anothers_job_waiting(engine: Engine) -> None:
    for _ in range(30):
        await a_job(engine, project="crowd", priority=9)
    assert await admit(engine, 5) == 5
    single = await a_job(engine, project="single", priority=0)
    assert await admit(engine, 5) == 0
    assert await admit(engine, 6) == 1
    assert single in await admitted(engine)


async def slow(engine: Engine, lane: int, *, pause: timedelta = timedelta(seconds=30)) -> None:
    async with engine.begin() as tx:
        await lanes.slow(tx, lane, pause=pause)


async def test_a_429_stops_creating_for_a_while_and_then_halves_the_places(engine: Engine) -> None:
    running = [await a_running_interaction(engine, upstream_id=f"up-{number}") for number in range(6)]
    for _ in range(20):
        await a_job(engine)
    assert [await admit(engine, 8), await admit(engine, 8)] == [2, 0]
    for _ in range(3):
        await slow(engine, running[0].intent.lane_id)
    assert await admit(engine, 20) == 0
    assert {row["ceiling"] for row in await read(engine, "SELECT ceiling FROM lane")} == {4}
    await advance(engine, timedelta(seconds=30))
    assert await admit(engine, 20) == 0
    await advance(engine, timedelta(seconds=31))
    assert await admit(engine, 20) == 1
    await advance(engine, timedelta(seconds=20))
    assert await admit(engine, 20) == 2


async def test_a_429_calls_back_what_was_let_in_and_not_yet_taken(engine: Engine) -> None:
    for _ in range(3):
        await a_job(engine)
    await admit(engine, 3)
    await slow(engine, (await read(engine, "SELECT id FROM lane"))[0]["id"])
    assert await admitted(engine) == set()
    await advance(engine, timedelta(seconds=30))
    assert await admit(engine, 3) == 1


async def test_a_429_slows_every_project_that_shares_the_key_and_the_agent_and_no_other_lane(
    engine: Engine,
) -> None:
    submitted = await an_intent(engine)
    free = {await a_job(engine, agent="b"), await a_job(engine, upstream_key="k")}
    await a_job(engine, project="other")
    await slow(engine, submitted.intent.lane_id)
    assert await admit(engine, 9) == 2
    assert await admitted(engine) - {submitted.job_id} == free
