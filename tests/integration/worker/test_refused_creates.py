from typing import Any

import pytest

from tests.support.house import House, Upstream, house
from tests.support.live_simulator import LiveSimulator
from tests.support.raw_server import RawServer, answer

pytestmark = pytest.mark.anyio

ABORTED = {"kind": "status", "status": 409, "code": "aborted"}
UNAVAILABLE = {"kind": "status", "status": 503}


@pytest.mark.parametrize(
    "fault",
    [{"kind": "rate_limited"}, ABORTED, UNAVAILABLE],
    ids=["429", "409 aborted", "503 in the API's own words"],
)
async def test_a_create_that_was_refused_for_now_is_made_again_on_the_same_row(home: House, fault: Any) -> None:
    home.upstream.script({"op": "create", "fault": fault, "times": 3})
    job = await home.job()
    row = await home.running(job)
    assert (row["creates"], row["attempt"], row["attention_code"]) == (4, 1, None)
    assert [entry["accepted"] for entry in home.upstream.entries("create")] == [False, False, False, True]
    assert len({entry["labels"]["longwatch_interaction"] for entry in home.upstream.entries("create")}) == 1
    assert len(await home.rows("SELECT FROM interaction")) == 1


async def test_a_refused_job_says_what_it_waits_for(home: House) -> None:
    home.upstream.fault("create", "rate_limited")
    job = await home.job()
    await home.pump()
    row = await home.row(job)
    assert row["status"] == "queued"
    assert "Resource has been exhausted" in row["queue_detail"]


async def test_a_create_refused_again_and_again_is_tried_ever_more_rarely(home: House) -> None:
    home.upstream.fault("create", "rate_limited")
    job = await home.job()
    waits = []
    for _ in range(10):
        await home.pump()
        [row] = await home.rows("SELECT extract(epoch FROM due_at - lw_now()) AS wait FROM job WHERE id = :id", id=job)
        waits.append(float(row["wait"]))
        await home.pass_time(waits[-1] + 0.1)
    assert waits[0] == pytest.approx(2, rel=0.3)
    assert waits[4] == pytest.approx(32, rel=0.3)
    assert waits[9] == pytest.approx(300, rel=0.3)


async def test_retry_after_on_a_create_is_kept(home: House) -> None:
    home.upstream.script({"op": "create", "fault": {"kind": "rate_limited", "retry_after": 120}, "times": 1})
    job = await home.job()
    await home.pump()
    await home.later(115)
    assert (await home.row(job))["creates"] == 1
    await home.later(6)
    assert (await home.row(job))["status"] == "in_progress"


async def test_a_create_that_finds_no_upstream_is_not_sent_and_waits(database_url: str) -> None:
    async with house(database_url, Upstream("http://127.0.0.1:9")) as home:
        job = await home.job()
        await home.pump()
        row = await home.row(job)
        assert (row["status"], row["creates"], row["refusals"]) == ("queued", 0, 1)
        assert row["queue_detail"].startswith("connect:")
        assert (await home.interaction(job))["create_outcome"] == "not_sent"


async def test_a_job_whose_upstream_was_away_is_created_once_it_is_back(
    database_url: str, upstream: LiveSimulator
) -> None:
    async with house(database_url, Upstream("http://127.0.0.1:9")) as home:
        job = await home.job()
        await home.pump()
    async with house(database_url, upstream) as home:
        await home.pass_time(10)
        row = await home.running(job)
        assert (row["creates"], row["attempt"], row["queue_detail"]) == (1, 1, None)
        assert set(home.labels_accepted().values()) == {1}


async def test_a_503_is_unknown_where_the_installation_says_so(database_url: str, upstream: LiveSimulator) -> None:
    upstream.fault("create", "status", status=503)
    async with house(database_url, upstream, create_503="unknown") as home:
        job = await home.job()
        await home.pump()
        row = await home.row(job)
        assert (row["status"], row["attention_code"]) == ("submitting", "submit_unknown")


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422, 501])
async def test_a_create_refused_for_good_fails_in_the_upstreams_words(home: House, status: int) -> None:
    home.upstream.fault("create", "status", status=status, code="some_code", message="No, said the upstream.")
    job = await home.job()
    await home.pump()
    row = await home.row(job)
    assert (row["status"], row["creates"]) == ("failed", 1)
    assert row["error"] == {"code": "some_code", "message": "No, said the upstream.", "http_status": status}
    assert (await home.events(job))[-1] == "job.failed"
    await home.later(3600)
    assert len(home.upstream.entries("create")) == 1


async def test_labels_that_the_upstream_does_not_know_are_left_out_once_for_all(database_url: str) -> None:
    refusal = {"error": {"code": "parameter_unknown", "message": "Unknown parameter: labels"}}
    behaviours = [answer(refusal, status=400), answer({"id": "run-1", "status": "in_progress"})]
    async with (
        RawServer([*behaviours, answer({"id": "run-2", "status": "in_progress"})]) as server,
        house(database_url, Upstream(server.url)) as home,
    ):
        first = await home.job()
        row = await home.running(first)
        assert (row["creates"], row["attempt"]) == (2, 1)
        assert [b"longwatch_job" in request.body for request in server.requests] == [True, False]
        assert len(await home.rows("SELECT FROM interaction")) == 1
        second = await home.job()
        assert (await home.running(second))["creates"] == 1
        posted = [request for request in server.requests if request.method == "POST"]
        assert b"labels" not in posted[-1].body


async def test_a_producers_own_labels_that_are_refused_fail_the_job(database_url: str) -> None:
    refusal = {"error": {"code": "invalid_request", "message": "labels: too many"}}
    async with (
        RawServer([answer(refusal, status=400)]) as server,
        house(database_url, Upstream(server.url)) as home,
    ):
        job = await home.job(request={"labels": {"team": "tides"}})
        row = await home.ended(job, step=3)
        assert (row["status"], row["creates"]) == ("failed", 2)
        assert row["error"]["message"] == "labels: too many"


async def test_secrets_that_no_key_opens_keep_the_job_waiting_and_unsent(home: House) -> None:
    job = await home.job(secrets=b"sealed with a key that is gone")
    await home.pump()
    row = await home.row(job)
    assert (row["status"], row["creates"]) == ("queued", 0)
    assert "LONGWATCH_ENCRYPTION_KEYS" in row["queue_detail"]
    assert not home.upstream.entries("create")


async def test_a_429_keeps_other_jobs_of_the_lane_from_running_into_it_too(home: House) -> None:
    home.upstream.script({"op": "create", "fault": {"kind": "rate_limited", "retry_after": 60}, "times": 1})
    refused = await home.job()
    await home.pump()
    other = await home.job()
    await home.pump()
    assert len(home.upstream.entries("create")) == 1
    assert (await home.row(other))["admitted_at"] is None
    await home.pass_time(61)
    assert {(await home.running(job))["status"] for job in (refused, other)} == {"in_progress"}
