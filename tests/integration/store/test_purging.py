"""Is what was kept for long enough purged by index, in small bites, and nothing that somebody still needs?"""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from longwatch.domain import ids
from longwatch.domain.actions import calls_asked
from longwatch.domain.media import MediaFile
from longwatch.domain.states import Status
from longwatch.store import actions, claims, endings, files, inserting, purging
from longwatch.store.deleting import delete
from longwatch.store.deliveries import Attempt, record
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Engine, Tx
from longwatch.store.inserting import Created, Follows, Replayed
from tests.integration.store.test_due import ROWS as MANY
from tests.integration.store.test_due import SHAPES, URL
from tests.support.cursors import watched
from tests.support.plans import analyze, plans_of
from tests.support.store import (
    LEASE,
    a_job,
    a_new_job,
    a_running_interaction,
    advance,
    claim_interaction,
    execute,
    job_row,
    read,
)
from tests.support.telltale import filled, tables_about_jobs

pytestmark = pytest.mark.anyio

KEEP = timedelta(days=30)
LONGER = timedelta(days=31)
WITH_RESULTS = {"action", "artifact", "job_request", "result", "stream_event"}
WITH_EVENTS = {"delivery", "delivery_attempt", "event"}


async def an_ended_job(engine: Engine, *, look_again: timedelta | None = None, **columns: Any) -> uuid.UUID:
    """Store a job that has ended with all that it can have."""
    running = await a_running_interaction(engine, **columns)
    row = await claim_interaction(engine, running.interaction_id)
    picture = MediaFile(index=0, mime_type="image/png", sha256=b"0", data=b"1")
    async with engine.begin() as tx:
        await endings.keep(tx, row.held, raw=b"{}", content_type="application/json", readable=True)
        await endings.derived(tx, running.interaction_id, Derivation(text="It rains.", files=[picture]))
        await actions.ask(tx, interaction_id=running.interaction_id, job_id=running.job_id, asked=calls_asked([]))
        ending = Ending(status=Status.COMPLETED, upstream_status="completed", look_again=look_again)
        assert await endings.end(tx, row.held, running.job_id, ending)
    said = "INSERT INTO stream_event (interaction_id, position, data) VALUES (:id, 0, 'x')"
    await execute(engine, said, id=running.interaction_id)
    return running.job_id


async def deliver(engine: Engine) -> None:
    """Bring every delivery that is due to its end."""
    async with engine.begin() as tx:
        for delivery in await claims.claim_deliveries(tx, limit=100, lease=LEASE):
            attempt = Attempt(duration=LEASE, http_status=204, error=None, response_head="")
            await record(tx, delivery, attempt, status="delivered", retry_in=None)


async def purge(engine: Engine, what: Callable[..., Awaitable[int]], **values: Any) -> int:
    async with engine.begin() as tx:
        return await what(tx, **values)


async def test_results_go_when_their_time_is_over_and_the_job_stays(engine: Engine) -> None:
    job = await an_ended_job(engine)
    assert await filled(engine, WITH_RESULTS) == WITH_RESULTS
    assert await purge(engine, purging.results, keep=KEEP) == 0
    await advance(engine, LONGER)
    assert await purge(engine, purging.results, keep=KEEP) == 1
    assert await filled(engine, WITH_RESULTS) == set()
    row = await job_row(engine, job)
    assert (row["status"], row["results_purged_at"] is not None) == ("completed", True)
    assert await filled(engine, {"event"}) == {"event"}
    assert await purge(engine, purging.results, keep=KEEP) == 0


async def test_events_go_with_their_deliveries_and_results_stay(engine: Engine) -> None:
    await an_ended_job(engine, webhook_url=URL)
    await deliver(engine)
    assert await filled(engine, WITH_EVENTS) == WITH_EVENTS
    await advance(engine, LONGER)
    assert await purge(engine, purging.events, keep=KEEP) == 1
    assert await filled(engine, WITH_EVENTS) == set()
    assert await filled(engine, {"result"}) == {"result"}
    assert await purge(engine, purging.events, keep=KEEP) == 0


async def test_deliveries_go_by_their_own_time_and_their_events_stay(engine: Engine) -> None:
    await an_ended_job(engine, webhook_url=URL)
    await deliver(engine)
    await advance(engine, LONGER)
    assert await purge(engine, purging.deliveries, keep=KEEP) == 1
    assert await filled(engine, WITH_EVENTS) == {"event"}
    assert await purge(engine, purging.deliveries, keep=KEEP) == 0


async def test_all_that_a_job_has_is_purged_by_one_setting_or_another(engine: Engine) -> None:
    about = await tables_about_jobs(engine) - {"interaction", "job"}
    assert {"result", "event", "delivery"} <= about
    await an_ended_job(engine, webhook_url=URL)
    await deliver(engine)
    await advance(engine, LONGER)
    for what in (purging.results, purging.events):
        assert await purge(engine, what, keep=KEEP) == 1
    assert await filled(engine, about) == set()


async def test_what_has_not_ended_still_collects_or_is_waited_for_stays(engine: Engine) -> None:
    await a_job(engine)
    await a_running_interaction(engine)
    await an_ended_job(engine, look_again=timedelta(days=60))
    followed = await an_ended_job(engine)
    run = (await job_row(engine, followed))["interaction_id"]
    waiting = await a_job(engine, follows=Follows(run, followed, ready=False, alive=False))
    await advance(engine, LONGER)
    for what in (purging.results, purging.events):
        assert await purge(engine, what, keep=KEEP) == 0
    await execute(engine, "UPDATE job SET status = 'queued' WHERE id = :id", id=waiting)
    for what in (purging.results, purging.events):
        assert await purge(engine, what, keep=KEEP) == 1


async def test_an_event_on_its_way_stays_with_its_delivery(engine: Engine) -> None:
    await an_ended_job(engine, webhook_url=URL)
    await advance(engine, LONGER)
    assert await purge(engine, purging.events, keep=KEEP) == 0
    assert await purge(engine, purging.deliveries, keep=KEEP) == 0
    await deliver(engine)
    assert await purge(engine, purging.events, keep=KEEP) == 1


async def test_a_deleted_job_is_no_burden_to_later_rounds(engine: Engine) -> None:
    job = await an_ended_job(engine)
    async with engine.begin() as tx:
        await delete(tx, "default", job)
    await execute(engine, "UPDATE interaction SET due_at = NULL, deleted_at = lw_now()")
    await advance(engine, LONGER)
    assert await purge(engine, purging.results, keep=KEEP) == 1
    assert await purge(engine, purging.results, keep=KEEP) == 0


async def test_no_statement_removes_more_than_500_rows(engine: Engine) -> None:
    job = await an_ended_job(engine)
    run = (await job_row(engine, job))["interaction_id"]
    more = """
    INSERT INTO stream_event (interaction_id, position, data) SELECT :id, n, 'x' FROM generate_series(1, 1200) AS n
    """
    await execute(engine, more, id=run)
    await advance(engine, LONGER)
    removed: list[int] = []

    def note(cursor: Any, statement: str, _values: Any) -> None:
        if statement.startswith("DELETE"):
            removed.append(cursor.rowcount)

    with watched(engine, after=note):
        await purge(engine, purging.results, keep=KEEP)
    assert removed == [500, 500, 201, 1, 1, 1, 1]


async def test_a_key_makes_a_new_job_a_day_after_the_results_are_gone(engine: Engine) -> None:
    await an_ended_job(engine, idempotency_key="nightly")
    await advance(engine, LONGER)
    await purge(engine, purging.results, keep=KEEP)
    again = a_new_job(idempotency_key="nightly")

    async def posted() -> type[inserting.Placed]:
        async with engine.begin() as tx:
            return type((await inserting.insert(tx, [again]))[0])

    await advance(engine, timedelta(hours=23, minutes=59))
    assert await purge(engine, purging.keys) == 0
    assert await posted() is Replayed
    await advance(engine, timedelta(minutes=2))
    assert await purge(engine, purging.keys) == 1
    assert await posted() is Created


async def test_two_that_purge_at_once_share_the_work(engine: Engine) -> None:
    for _ in range(purging.JOBS + 1):
        await an_ended_job(engine)
    await advance(engine, LONGER)
    async with engine.begin() as first, engine.begin() as second:
        assert await purging.results(first, keep=KEEP) == purging.JOBS
        assert await purging.results(second, keep=KEEP) == 1
    assert await filled(engine, WITH_RESULTS) == set()


async def uploaded(engine: Engine, *, lives: timedelta | None, times: int = 1) -> None:
    """Store files that the upstream keeps for *lives*; None: as long as it likes."""
    statement = """
    INSERT INTO file (id, project, upstream_key, upload_url, name, document, expires_at)
    SELECT gen_random_uuid(), 'default', 'default', 'https://upstream.example/x', 'files/' || n, '{}',
        lw_now() + CAST(:lives AS interval) FROM generate_series(1, :times) AS n
    """
    await execute(engine, statement, lives=lives, times=times)


async def kept_files(engine: Engine) -> int:
    return int((await read(engine, "SELECT count(*) AS number FROM file"))[0]["number"])


async def test_a_file_is_forgotten_a_week_after_the_upstream_has_forgotten_it(engine: Engine) -> None:
    for lives in (timedelta(days=2), timedelta(days=9), None):
        await uploaded(engine, lives=lives)
    await advance(engine, timedelta(days=8, hours=23))
    assert await purge(engine, purging.files) == 0
    await advance(engine, timedelta(hours=2))
    assert await purge(engine, purging.files) == 1
    await advance(engine, timedelta(days=3650))
    assert await purge(engine, purging.files) == 1
    assert await kept_files(engine) == 1


async def test_an_upload_that_nobody_finishes_is_forgotten_too(engine: Engine) -> None:
    upload = files.Upload(id=ids.new(), project="default", upstream_key="default", upload_url="https://x.example/")
    async with engine.begin() as tx:
        await files.begin(tx, upload)
    await advance(engine, files.UNFINISHED + purging.FILES_OUTLIVE - timedelta(minutes=1))
    assert await purge(engine, purging.files) == 0
    await advance(engine, timedelta(minutes=2))
    assert await purge(engine, purging.files) == 1


async def test_files_go_500_at_a_time_and_two_that_purge_share_them(engine: Engine) -> None:
    await uploaded(engine, lives=timedelta(days=2), times=purging.ROWS + 7)
    await advance(engine, LONGER)
    async with engine.begin() as first, engine.begin() as second:
        assert await purging.files(first) == purging.ROWS
        assert await purging.files(second) == 7
    assert await kept_files(engine) == 0


INDEXES = {
    "files": "file_expires_at",
    "results": "job_results_kept",
    "events": "job_events_kept",
    "deliveries": "delivery_ended",
    "keys": "job_key_outliving",
}


async def test_what_is_to_be_purged_is_found_by_index(engine: Engine) -> None:
    job = await an_ended_job(engine, webhook_url=URL, idempotency_key="nightly")
    await deliver(engine)
    await execute(engine, SHAPES, rows=MANY, lane=(await job_row(engine, job))["lane_id"])
    await advance(engine, LONGER)
    long_ago = """
    UPDATE job SET finished_at = lw_now() - interval '60 days', results_purged_at = lw_now() - interval '30 days',
        events_purged_at = lw_now() - interval '30 days' WHERE id <> :id AND status <> 'queued'
    """
    await execute(engine, long_ago, id=job)
    await execute(engine, "UPDATE job SET idempotency_key = id::text WHERE id IN (SELECT id FROM job LIMIT 5)")
    await execute(engine, "UPDATE delivery SET ended_at = lw_now() WHERE due_at IS NULL AND job_id <> :id", id=job)
    await uploaded(engine, lives=timedelta(days=2))
    await uploaded(engine, lives=timedelta(days=90), times=3000)
    await advance(engine, timedelta(days=10))
    await analyze(engine)
    acts: dict[str, Callable[[Tx], Awaitable[object]]] = {
        "results": lambda tx: purging.results(tx, keep=KEEP),
        "events": lambda tx: purging.events(tx, keep=KEEP),
        "deliveries": lambda tx: purging.deliveries(tx, keep=KEEP),
        "keys": purging.keys,
        "files": purging.files,
    }
    for name, act in acts.items():
        plans = await plans_of(engine, act)
        assert INDEXES[name] in plans, plans
        assert "Seq Scan on job\n" not in plans
        assert "Seq Scan on delivery\n" not in plans
        assert "Seq Scan on file\n" not in plans
    assert await filled(engine, WITH_RESULTS | WITH_EVENTS) == {"event", "delivery"}
