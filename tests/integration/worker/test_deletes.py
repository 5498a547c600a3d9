import pytest

from longwatch.domain.errors import GoneError
from tests.support.house import House

pytestmark = pytest.mark.anyio


async def test_an_ended_job_is_deleted_upstream_too(home: House) -> None:
    job = await home.job()
    await home.ended(job)
    upstream_id = (await home.interaction(job))["upstream_id"]
    await home.delete(job)
    await home.pump()
    assert [entry["id"] for entry in home.upstream.entries("delete")] == [upstream_id]
    assert home.upstream.get(upstream_id).status_code == 404
    row = await home.row(job)
    assert (row["status"], row["job_metadata"]) == ("completed", {})
    assert not await home.rows("SELECT FROM result")
    assert (await home.interaction(job))["due_at"] is None
    with pytest.raises(GoneError):
        await home.cancel(job)


async def test_a_running_job_is_cancelled_first_and_deleted_upstream_only_after_its_end(home: House) -> None:
    home.upstream.life(run_seconds=1_000_000, cancel_lag_seconds=120)
    job = await home.job()
    await home.running(job)
    await home.delete(job)
    await home.pump()
    assert home.upstream.entries("cancel")
    assert not home.upstream.entries("delete")
    await home.when(job, lambda _: home.upstream.entries("delete"), step=20)
    assert (await home.row(job))["status"] == "cancelled"
    assert not await home.rows("SELECT FROM result")
    assert not await home.rows("SELECT FROM interaction WHERE due_at IS NOT NULL")


async def test_a_delete_that_the_upstream_fails_is_asked_for_again(home: House) -> None:
    home.upstream.script({"op": "delete", "fault": {"kind": "status", "status": 500}, "times": 2})
    job = await home.job()
    await home.ended(job)
    await home.delete(job)
    for _ in range(6):
        await home.later(60)
    assert [entry["accepted"] for entry in home.upstream.entries("delete")] == [False, False, True]


async def test_a_queued_job_that_is_deleted_is_never_created(home: House) -> None:
    job = await home.job()
    await home.delete(job)
    await home.later(60)
    assert (await home.row(job))["status"] == "cancelled"
    assert not home.upstream.entries("create")


async def test_a_run_whose_cancel_is_ignored_is_deleted_once_it_has_ended(home: House) -> None:
    home.upstream.life(run_seconds=3600, cancel_wins=False)
    job = await home.job()
    await home.running(job)
    await home.delete(job)
    for _ in range(10):
        await home.later(700)
    assert len(home.upstream.entries("delete")) == 1
    assert not await home.rows("SELECT FROM result")
