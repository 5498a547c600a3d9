import pytest

from tests.support.house import House

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", ["not_found_first", "forbidden_first"])
async def test_a_run_that_is_not_visible_yet_is_waited_for(home: House, kind: str) -> None:
    home.upstream.script({"op": "get", "fault": {"kind": kind, "k": 4}})
    job = await home.job()
    row = await home.ended(job, step=20)
    assert (row["status"], row["creates"]) == ("completed", 1)
    assert "job.attention" not in await home.events(job)
    assert len(home.upstream.entries("create")) == 1


async def test_a_run_that_stays_missing_calls_for_a_person_once_and_is_looked_for_slowly(home: House) -> None:
    home.upstream.fault("get", "not_found_forever")
    job = await home.job()
    row = await home.when(job, lambda row: row["attention_code"] is not None)
    assert row["attention_code"] == "upstream_missing"
    assert row["status"] == "in_progress"
    [wait] = await home.rows("SELECT extract(epoch FROM lw_now() - answered_at) AS seconds FROM interaction")
    assert wait["seconds"] >= 120
    for _ in range(12):
        await home.later(300)
    assert (await home.events(job)).count("job.attention") == 1
    assert len(home.upstream.entries("create")) == 1
    [before] = await home.rows("SELECT failures FROM interaction")
    for _ in range(20):
        await home.later(60)
    [after] = await home.rows("SELECT failures FROM interaction")
    # Ten minutes apart, a fifth more or less: twenty minutes hold one to three.
    assert 1 <= after["failures"] - before["failures"] <= 3


async def test_a_missing_run_that_comes_back_loses_its_mark_and_ends(home: House) -> None:
    home.upstream.script({"op": "get", "fault": {"kind": "not_found_forever"}}, {"life": {"run_seconds": 1500}})
    job = await home.job()
    await home.when(job, lambda row: row["attention_code"] is not None)
    home.upstream.script()
    row = await home.when(job, lambda row: row["attention_code"] is None)
    assert row["status"] == "in_progress"
    assert (await home.ended(job))["status"] == "completed"


async def test_a_run_missing_past_its_deadline_expires_and_is_never_created_again(home: House) -> None:
    home.upstream.fault("get", "not_found_forever")
    job = await home.job(deadline_seconds=3600)
    row = await home.ended(job)
    assert row["status"] == "expired"
    for _ in range(10):
        await home.later(600)
    assert len(home.upstream.entries("create")) == 1
    assert await home.rows("SELECT FROM interaction WHERE due_at IS NOT NULL") == []


async def test_a_missing_run_that_is_cancelled_ends_after_ten_minutes(home: House) -> None:
    home.upstream.fault("get", "not_found_forever")
    job = await home.job()
    await home.running(job)
    await home.cancel(job)
    await home.pump()
    assert (await home.row(job))["status"] == "in_progress"
    row = await home.ended(job)
    assert row["status"] == "cancelled"
    assert home.upstream.ledger()["interactions"][0]["status"] == "cancelled"
