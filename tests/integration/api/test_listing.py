"""Are a project's jobs found by what is known of them, newest first, page by page?"""

import uuid
from functools import partial
from typing import Any

import pytest

from longwatch.domain import ids
from longwatch.domain.shares import Limits
from longwatch.domain.states import Status
from longwatch.store import history, inserting, reading
from longwatch.store.engine import Engine
from longwatch.store.history import Place
from longwatch.store.reading import Filters, Page
from tests.support.api import REQUEST, Api, job_uuid
from tests.support.plans import analyze, plans_of
from tests.support.store import a_new_job, an_intent, execute, lose

pytestmark = pytest.mark.anyio


async def listed(api: Api, **query: Any) -> list[str]:
    return [job["id"] for job in (await api.read("/v1/jobs", **query))["items"]]


async def test_jobs_come_newest_first_and_page_by_page_without_gap_or_repeat(api: Api) -> None:
    posted = [(await api.post())["id"] for _ in range(7)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await api.read("/v1/jobs", limit=3, **cursor)
        seen += [job["id"] for job in page["items"]]
        await api.post()
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == posted[::-1]


async def test_each_filter_lets_through_what_it_names(api: Api) -> None:
    plain = (await api.post())["id"]
    both = (await api.post(tags=["a", "b"]))["id"]
    one = (await api.post(tags=["a"]))["id"]
    model = (await api.post({"model": "gemini-3-flash", "input": "x"}))["id"]
    await api.client.post(f"/v1/jobs/{plain}/cancel")
    assert await listed(api, tag="a") == [one, both]
    assert await listed(api, tag=["a", "b"]) == [both]
    assert await listed(api, model="gemini-3-flash") == [model]
    assert await listed(api, agent=REQUEST["agent"]) == [one, both, plain]
    assert await listed(api, status="cancelled") == [plain]
    assert await listed(api, status=["cancelled", "queued"]) == [model, one, both, plain]
    assert await listed(api, status="queued", tag="a", agent="another") == []


async def test_instants_bound_the_list(api: Api, engine: Engine) -> None:
    early, late = await api.post(), await api.post()
    await execute(
        engine, "UPDATE job SET created_at = created_at - interval '2 days' WHERE id = :id", id=job_uuid(early)
    )
    border = late["created_at"]
    assert await listed(api, created_after=border) == [late["id"]]
    assert await listed(api, created_before=border) == [early["id"]]


async def test_jobs_that_need_a_person_are_found(api: Api, engine: Engine) -> None:
    await api.post()
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    lost = ids.encode(ids.JOB, submitted.job_id)
    assert await listed(api, attention="true") == [lost]
    assert await listed(api, attention="submit_unknown") == [lost]
    assert await listed(api, attention="quota") == []


async def test_deleted_jobs_are_not_listed(api: Api) -> None:
    job = await api.post()
    await api.client.delete(f"/v1/jobs/{job['id']}")
    assert await listed(api) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 201}, "query.limit"),
        ({"limit": 0}, "query.limit"),
        ({"cursor": "job_x"}, "query.cursor"),
        ({"status": "done"}, "query.status[0]"),
        ({"tag": "\x00"}, "query.tag[0]"),
        ({"attention": "false"}, "query.attention"),
        ({"created_after": "yesterday"}, "query.created_after"),
        ({"created_after": "2026-01-01T00:00:00"}, "query.created_after"),
    ],
)
async def test_a_filter_that_means_nothing_is_refused(api: Api, query: dict[str, Any], field: str) -> None:
    response = await api.client.get("/v1/jobs", params=query)
    assert (response.status_code, response.json()["problems"][0]["field"]) == (422, field)


async def many(engine: Engine) -> None:
    """Fill the tables, mostly with another project's jobs, so that the planner has a choice."""
    async with engine.begin() as tx:
        await inserting.insert(tx, [a_new_job(tags=[f"tag-{index % 200}"]) for index in range(400)])
        await inserting.insert(tx, [a_new_job(project="other") for _ in range(8000)])
    await analyze(engine)


async def test_every_list_reads_by_an_index(engine: Engine) -> None:
    await many(engine)
    for filters, index in [
        (Filters(), "job_project_id"),
        (Filters(tags=["tag-7"]), "job_tags"),
        (Filters(statuses=[Status.FAILED]), "job_project_status_id"),
        (Filters(attention=True), "job_attention"),
    ]:
        listing = partial(
            reading.listed,
            project="default",
            filters=filters,
            page=Page(before=ids.new(), limit=50),
            limits=Limits(total=20),
        )
        plan = await plans_of(engine, listing)
        assert index in plan, plan
        assert "Seq Scan on job\n" not in plan, plan


async def test_one_job_is_read_by_its_key(engine: Engine) -> None:
    await many(engine)
    [wanted] = await inserting_one(engine)
    plan = await plans_of(engine, partial(reading.job, project="default", job_id=wanted, limits=Limits(total=20)))
    assert "Seq Scan on job\n" not in plan, plan


async def inserting_one(engine: Engine) -> list[uuid.UUID]:
    async with engine.begin() as tx:
        return [placed.job_id for placed in await inserting.insert(tx, [a_new_job()])]


async def test_news_of_watched_jobs_is_read_by_the_events_key(engine: Engine) -> None:
    await many(engine)
    watching = partial(history.news, places=[Place(ids.new(), 1), Place(ids.new(), 5)], limit=100)
    for settings in ("", "SET LOCAL enable_nestloop = off"):
        plan = await plans_of(engine, watching, settings=settings)
        assert "event_pkey" in plan, plan
        assert "Seq Scan on event" not in plan, plan
