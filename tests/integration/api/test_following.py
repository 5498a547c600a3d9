"""Can a job go on from another by whatever id the caller has, and does it say what it waits for?"""

from typing import Any

import pytest

from tests.support.api import REQUEST, Api, another_key
from tests.support.store import a_running_interaction

pytestmark = pytest.mark.anyio

NOBODY = "int_" + "0" * 26


def going_on_from(previous: str) -> dict[str, Any]:
    return {**REQUEST, "previous_interaction_id": previous}


async def test_a_job_that_goes_on_from_a_living_one_waits_and_says_for_what(api: Api) -> None:
    first = await api.post()
    second = await api.post(going_on_from(first["interaction_id"]))
    assert (second["status"], second["queue_reason"]) == ("waiting", "predecessor")
    assert second["previous_interaction_id"] == first["interaction_id"]
    assert first["interaction_id"] in second["queue_detail"]
    assert [job["id"] for job in (await api.read("/v1/jobs", status="waiting"))["items"]] == [second["id"]]


async def test_it_can_name_the_upstreams_id(api: Api) -> None:
    await a_running_interaction(api.context.engine, upstream_id="v1_up")
    assert (await api.post(going_on_from("v1_up")))["status"] == "waiting"


async def test_an_id_that_is_not_known_here_is_left_to_the_upstream(api: Api) -> None:
    job = await api.post(going_on_from("v1_made-elsewhere"))
    assert (job["status"], job["previous_interaction_id"]) == ("queued", None)


@pytest.mark.parametrize("previous", [NOBODY, "int_short", "job_" + "0" * 26])
async def test_an_id_of_ours_that_nobody_has_is_refused(api: Api, previous: str) -> None:
    response = await api.client.post("/v1/jobs", json={"request": going_on_from(previous)})
    [problem] = response.json()["problems"]
    assert (response.status_code, problem["field"]) == (422, "request.previous_interaction_id")


async def test_another_projects_interaction_is_refused_as_if_nobody_had_it(api: Api) -> None:
    other = await another_key(api.context.engine, project="other", key="of-another-project")
    first = await api.post()
    bodies = [{"request": going_on_from(name)} for name in (first["interaction_id"], NOBODY)]
    answers = [await api.client.post("/v1/jobs", json=body, headers=other) for body in bodies]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["problems"] == answers[1].json()["problems"]


async def test_a_dry_run_checks_it_and_shows_the_state_that_it_would_have(api: Api) -> None:
    first = await api.post()
    dry = {"dry_run": "true"}
    good = await api.client.post("/v1/jobs", json={"request": going_on_from(first["interaction_id"])}, params=dry)
    assert (good.status_code, good.json()["status"]) == (200, "waiting")
    bad = await api.client.post("/v1/jobs", json={"request": going_on_from(NOBODY)}, params=dry)
    assert bad.status_code == 422


async def test_each_item_of_a_batch_is_judged_alone(api: Api) -> None:
    first = await api.post()
    requests = [going_on_from(first["interaction_id"]), going_on_from(NOBODY), dict(REQUEST)]
    response = await api.client.post("/v1/jobs/batch", json={"items": [{"request": request} for request in requests]})
    items = response.json()["items"]
    assert [item["status"] for item in items] == [202, 422, 202]
    assert [item["job"]["status"] for item in items if "job" in item] == ["waiting", "queued"]
    assert items[1]["error"]["problems"][0]["field"] == "items[1].request.previous_interaction_id"


async def test_a_replay_finds_its_job_though_what_it_went_on_from_is_deleted(api: Api) -> None:
    first = await api.post()
    sent: dict[str, Any] = {
        "json": {"request": going_on_from(first["interaction_id"])},
        "headers": {"Idempotency-Key": "once"},
    }
    made = await api.client.post("/v1/jobs", **sent)
    await api.client.delete(f"/v1/jobs/{first['id']}")
    again = await api.client.post("/v1/jobs", **sent)
    assert (again.status_code, again.json()["id"]) == (202, made.json()["id"])
    assert again.headers["Idempotent-Replayed"] == "true"
