from typing import Any

import pytest

from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio

INVALID_KEY = {"kind": "status", "status": 400, "body": "google", "message": "API key not valid.", "code": "INVALID"}
REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "401": ({"kind": "status", "status": 401}, "key_rejected"),
    "402": ({"kind": "status", "status": 402}, "key_rejected"),
    "403": ({"kind": "status", "status": 403}, "key_rejected"),
    "quota of none": ({"kind": "rate_limited", "limit": 0}, "quota"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refused_key_stops_its_lane_with_one_alarm_and_no_failed_job(home: House, name: str) -> None:
    fault, code = REFUSALS[name]
    home.upstream.script({"op": "create", "fault": fault})
    with Receiver() as receiver:
        jobs = [await home.job(f"topic {number}", webhook_url=receiver.url) for number in range(30)]
        for _ in range(10):
            await home.pump()
            await home.pass_time(5)
        rows = [await home.row(job) for job in jobs]
    assert {row["status"] for row in rows} == {"queued"}
    alarms = [event for job in jobs for event in await home.events(job) if event == "job.attention"]
    assert len(alarms) == 1
    assert {row["attention_code"] for row in rows if row["creates"]} == {code}
    assert len(home.upstream.entries("create")) <= 5


@pytest.mark.parametrize("key", ["bad-key", "invalid-key", "blocked-key", "quota-zero-key"])
async def test_each_kind_of_bad_key_stops_its_lane(database_url: str, upstream: LiveSimulator, key: str) -> None:
    async with house(database_url, upstream, gemini_api_key=key) as home:
        job = await home.job()
        await home.pump()
        row = await home.row(job)
        assert row["status"] == "queued"
        assert row["attention_code"] == ("quota" if key == "quota-zero-key" else "key_rejected")


async def test_a_key_that_is_not_configured_stops_its_lane_and_sends_nothing(home: House) -> None:
    job = await home.job(upstream_key="elsewhere")
    await home.pump()
    row = await home.row(job)
    assert (row["status"], row["attention_code"], row["creates"]) == ("queued", "key_rejected", 0)
    assert "LONGWATCH_UPSTREAM_KEYS" in row["attention_detail"]
    assert not home.upstream.entries("create")


async def test_a_stopped_lane_lets_one_job_through_as_a_probe_and_then_recovers(home: House) -> None:
    home.upstream.script({"op": "create", "fault": {"kind": "status", "status": 401}})
    jobs = [await home.job(f"topic {number}") for number in range(12)]
    await home.pump()
    refused = len(home.upstream.entries("create"))
    await home.later(301)
    assert len(home.upstream.entries("create")) == refused + 1
    home.upstream.script()
    await home.later(301)
    for job in jobs:
        row = await home.running(job)
        assert (row["attention_code"], row["queue_detail"]) == (None, None)
    assert set(home.labels_accepted().values()) == {1}


async def test_a_probe_that_is_refused_again_raises_no_second_alarm_and_keeps_the_mark(home: House) -> None:
    home.upstream.script({"op": "create", "fault": {"kind": "status", "status": 401}})
    job = await home.job()
    for _ in range(4):
        await home.pump()
        await home.pass_time(301)
    row = await home.row(job)
    assert (row["status"], row["attention_code"]) == ("queued", "key_rejected")
    assert row["creates"] >= 3
    assert (await home.events(job)).count("job.attention") == 1


async def test_another_keys_lane_goes_on(database_url: str, upstream: LiveSimulator) -> None:
    async with house(database_url, upstream, upstream_keys={"other": "bad-key"}) as home:
        refused, fine = await home.job(upstream_key="other"), await home.job()
        await home.running(fine)
        assert (await home.row(refused))["attention_code"] == "key_rejected"


async def test_a_key_rejected_while_runs_are_read_marks_one_of_them_and_all_end_later(home: House) -> None:
    jobs = [await home.job(f"topic {number}") for number in range(5)]
    for job in jobs:
        await home.running(job)
    home.upstream.script({"op": "get", "fault": {"kind": "status", "status": 401}})
    for _ in range(3):
        await home.later(20)
    rows = [await home.row(job) for job in jobs]
    assert {row["status"] for row in rows} == {"in_progress"}
    assert [row["attention_code"] for row in rows].count("key_rejected") == 1
    home.upstream.script()
    for job in jobs:
        row = await home.ended(job)
        assert (row["status"], row["creates"], row["attention_code"]) == ("completed", 1, None)
