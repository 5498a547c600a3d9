from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from longwatch.upstream.http import Timeouts
from tests.support.house import House, Upstream, house
from tests.support.live_simulator import LiveSimulator
from tests.support.raw_server import RawServer, reset, say_and_close

pytestmark = pytest.mark.anyio

IMPATIENT = Timeouts(create=timedelta(seconds=1))
DROPPED = {"kind": "accept_then_drop"}
LOST: dict[str, dict[str, Any]] = {
    "dropped after it was taken": DROPPED,
    "500 after it was taken": {"kind": "accept_then_status", "status": 500},
    "500": {"kind": "status", "status": 500},
    "502 in HTML": {"kind": "status", "status": 502, "body": "html"},
    "503 in HTML": {"kind": "status", "status": 503, "body": "html"},
    "504 in an array": {"kind": "status", "status": 504, "body": "array"},
    "408": {"kind": "status", "status": 408},
    "reset": {"kind": "reset"},
    "half an answer": {"kind": "half_answer"},
    "no id": {"kind": "no_id"},
    "a sign-in page": {"kind": "garbage"},
    "JSON that breaks off": {"kind": "garbage", "body": "truncated"},
    "slower than its time-out": {"kind": "slow", "seconds": 3},
}


@pytest.fixture
async def impatient(database_url: str, upstream: LiveSimulator) -> AsyncIterator[House]:
    """A house that waits a second for the answer to a create."""
    async with house(database_url, upstream, timeouts=IMPATIENT) as home:
        yield home


@pytest.mark.parametrize("name", LOST)
async def test_a_create_whose_answer_is_lost_is_shown_and_never_silently_repeated(impatient: House, name: str) -> None:
    impatient.upstream.script({"op": "create", "fault": LOST[name]})
    job = await impatient.job()
    await impatient.pump()
    row = await impatient.row(job)
    assert (row["status"], row["attention_code"], row["creates"]) == ("submitting", "submit_unknown", 1)
    for _ in range(5):
        await impatient.later(3600)
    assert len(impatient.upstream.entries("create")) == 1
    assert (await impatient.events(job)).count("job.attention") == 1


async def test_an_answer_that_ends_in_its_first_line_is_unknown(database_url: str) -> None:
    async with (
        RawServer([say_and_close(b"HTTP/1.1 200 OK\r\ncontent-le")]) as server,
        house(database_url, Upstream(server.url)) as home,
    ):
        job = await home.job()
        await home.pump()
        assert (await home.row(job))["attention_code"] == "submit_unknown"
        assert server.count("POST") == 1


async def test_a_connection_reset_after_the_request_was_read_is_unknown(database_url: str) -> None:
    async with RawServer([reset]) as server, house(database_url, Upstream(server.url)) as home:
        job = await home.job()
        await home.pump()
        assert (await home.row(job))["attention_code"] == "submit_unknown"
        assert server.count("POST") == 1


async def test_a_held_unknown_create_fails_after_a_day_and_keeps_its_mark(home: House) -> None:
    home.upstream.fault("create", **DROPPED)
    job = await home.job()
    await home.pump()
    await home.later(23.9 * 3600)
    assert (await home.row(job))["status"] == "submitting"
    await home.later(0.2 * 3600)
    row = await home.row(job)
    assert (row["status"], row["error"]["code"], row["creates"]) == ("failed", "submit_unknown", 1)
    assert (await home.events(job))[-2:] == ["job.resolved", "job.failed"]
    assert len(home.upstream.entries("create")) == 1


async def test_a_job_that_asked_for_it_is_created_again_once_after_two_minutes(home: House) -> None:
    home.upstream.script({"op": "create", "fault": DROPPED, "times": 1})
    job = await home.job(on_unknown_submit="resubmit")
    await home.pump()
    await home.later(115)
    assert len(home.upstream.entries("create")) == 1
    await home.later(10)
    row = await home.ended(job)
    assert (row["status"], row["creates"], row["attempt"]) == ("completed", 2, 2)
    assert set(home.labels_accepted().values()) == {1}
    assert [entry["labels"]["longwatch_attempt"] for entry in home.upstream.entries("create")] == ["1", "2"]


async def test_a_second_unknown_create_is_held_for_a_person(home: House) -> None:
    home.upstream.fault("create", **DROPPED)
    job = await home.job(on_unknown_submit="resubmit")
    for _ in range(10):
        await home.pump()
        await home.pass_time(130)
    row = await home.row(job)
    assert (row["status"], row["creates"], row["attempt"]) == ("submitting", 2, 2)
    await home.later(24 * 3600)
    assert (await home.row(job))["status"] == "failed"
    assert len(home.upstream.entries("create")) == 2


async def test_a_job_that_asked_for_it_fails_at_once(home: House) -> None:
    home.upstream.fault("create", **DROPPED)
    job = await home.job(on_unknown_submit="fail")
    row = await home.ended(job, step=1)
    assert (row["status"], row["error"]["code"]) == ("failed", "submit_unknown")
    assert len(home.upstream.entries("create")) == 1


async def test_a_person_attaches_the_run_that_was_found_and_it_is_watched(home: House) -> None:
    home.upstream.script({"op": "create", "fault": DROPPED, "times": 1})
    job = await home.job()
    await home.pump()
    [found] = home.upstream.ledger()["interactions"]
    await home.resolve(job, "attach", found["id"])
    row = await home.ended(job)
    assert (row["status"], row["creates"], row["attention_code"]) == ("completed", 1, None)
    assert len(home.upstream.entries("create")) == 1


async def test_a_person_has_it_created_again(home: House) -> None:
    home.upstream.script({"op": "create", "fault": DROPPED, "times": 1})
    job = await home.job()
    await home.pump()
    await home.resolve(job, "resubmit")
    row = await home.ended(job)
    assert (row["status"], row["creates"], row["attempt"]) == ("completed", 2, 2)
    assert set(home.labels_accepted().values()) == {1}


async def test_a_person_gives_it_up(home: House) -> None:
    home.upstream.script({"op": "create", "fault": DROPPED, "times": 1})
    job = await home.job()
    await home.pump()
    await home.resolve(job, "fail")
    row = await home.row(job)
    assert (row["status"], row["error"]["code"]) == ("failed", "submit_unknown")
    await home.later(24 * 3600)
    assert len(home.upstream.entries("create")) == 1


async def test_an_unknown_create_takes_a_place_among_the_running_for_seventy_minutes(
    database_url: str, upstream: LiveSimulator
) -> None:
    upstream.script({"op": "create", "fault": DROPPED, "times": 1})
    async with house(database_url, upstream, max_running=1) as home:
        await home.job("the lost one", priority=9)
        await home.pump()
        waiting = await home.job("the next one")
        await home.later(69 * 60)
        assert (await home.row(waiting))["status"] == "queued"
        await home.later(2 * 60)
        await home.running(waiting)
