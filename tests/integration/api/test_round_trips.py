"""Is a job posted in one round trip to the database, and a thousand in a few?"""

from inspect import iscoroutinefunction

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from api import answering, batches, jobs, pauses, results
from longwatch.store.engine import Engine
from longwatch.store.fitness import Fitness
from longwatch.store.statements import text
from tests.support.api import REQUEST, Api
from tests.support.plans import statements
from tests.support.round_trips import round_trips

pytestmark = pytest.mark.anyio


async def test_a_job_is_posted_in_one_round_trip_once_its_lane_is_known(api: Api) -> None:
    await api.post()
    with round_trips(api.context.engine) as trips, statements(api.context.engine) as sent:
        job = await api.post(tags=["quick"], metadata={"ticket": 1})
    assert (trips.count(), len(sent)) == (1, 1)
    assert await api.read(f"/v1/jobs/{job['id']}") == job


async def test_a_thousand_jobs_of_many_lanes_take_three_statements(api: Api) -> None:
    await api.post()
    items = [{"request": {**REQUEST, "agent": f"agent-{number % 10}"}} for number in range(1000)]
    with round_trips(api.context.engine) as trips, statements(api.context.engine) as sent:
        response = await api.client.post("/v1/jobs/batch", json={"items": items})
    assert {item["status"] for item in response.json()["items"]} == {202}
    begin_and_commit = 2
    assert (trips.count(), len(sent)) == (3 + begin_and_commit, 3)


async def test_a_job_that_must_be_looked_at_first_is_posted_all_the_same(api: Api) -> None:
    first, headers = await api.post(), {"Idempotency-Key": "once"}
    again = [await api.client.post("/v1/jobs", json={"request": REQUEST}, headers=headers) for _ in range(2)]
    assert again[0].json() == again[1].json()
    assert again[1].headers["Idempotent-Replayed"] == "true"
    request = {**REQUEST, "previous_interaction_id": first["interaction_id"]}
    assert (await api.post(request))["status"] == "waiting"
    assert (await api.post({**REQUEST, "agent": "of another lane"}))["status"] == "queued"


async def test_a_connection_is_asked_whether_it_lives_only_after_a_long_rest(engine: Engine) -> None:
    async def taken(times: int) -> int:
        with round_trips(engine) as trips:
            for _ in range(times):
                async with engine.each_by_itself():
                    pass
        return trips.count()

    await taken(1)
    assert await taken(3) == 0
    Fitness(ask_after=0).watch(engine.pool)
    assert await taken(3) > 0


async def test_a_connection_that_the_server_ended_is_replaced_without_an_error(engine: Engine) -> None:
    async with engine.connect() as first:
        async with engine.connect() as second:
            pid = (await second.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        ended = await first.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
        assert ended.scalar_one()
    async with engine.connect() as one, engine.connect() as another:
        assert [(await each.execute(text("SELECT 1"))).scalar_one() for each in (one, another)] == [1, 1]


@pytest.mark.parametrize("router", [jobs.router, batches.router, results.router, answering.router, pauses.router])
async def test_nothing_that_a_route_depends_on_is_handed_to_a_thread(router: APIRouter) -> None:
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    calls = [found.call for route in routes for found in route.dependant.dependencies if found.call is not None]
    assert calls
    assert [call for call in calls if not iscoroutinefunction(call)] == []
