"""Does the kit's eye on the database see what happens to jobs and claims, and can it move the clock?"""

import os
from datetime import timedelta

import psycopg
import pytest

from chaos.database import Database
from chaos.settling import concluded, settled
from longwatch.domain import ids
from longwatch.store.engine import Engine
from tests.support.databases import TestServer, libpq
from tests.support.store import a_job, a_running_interaction, an_intent, claim_interaction, execute, lose, now

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(database_url: str) -> Database:
    """The kit's database, watched."""
    database = Database(libpq(database_url))
    await database.watch()
    return database


async def test_changes_of_a_state_are_seen_though_nobody_tells_of_them(database: Database, engine: Engine) -> None:
    submitted = await an_intent(engine)
    await execute(engine, "UPDATE job SET status = 'completed' WHERE id = :id", id=submitted.job_id)
    seen = await database.rows("SELECT job_id, old, new FROM chaos_transition ORDER BY at")
    assert seen == [(submitted.job_id, "queued", "submitting"), (submitted.job_id, "submitting", "completed")]


async def test_claims_taken_and_given_back_are_seen_and_renewals_are_not(database: Database, engine: Engine) -> None:
    run = await a_running_interaction(engine)
    row = await claim_interaction(engine, run.interaction_id)
    await execute(engine, "UPDATE interaction SET due_at = lw_now() WHERE id = :id", id=run.interaction_id)
    await execute(engine, "UPDATE interaction SET claimed_at = NULL WHERE id = :id", id=run.interaction_id)
    seen = await database.rows("SELECT claim, held, holder FROM chaos_claim WHERE kind = 'interaction' ORDER BY at")
    assert seen == [(row.held.claim, held, os.getpid()) for held in (True, False)]


async def test_a_create_is_open_from_its_intent_to_its_answer(database: Database, engine: Engine) -> None:
    submitted = await an_intent(engine)
    assert await database.open_creates() == {ids.encode(ids.INTERACTION, submitted.interaction_id)}
    await lose(engine, submitted.intent)
    assert await database.open_creates() == frozenset()


async def test_the_clock_moves_on_and_back(database: Database, engine: Engine) -> None:
    begun = await now(engine)
    await database.move_clock(timedelta(seconds=500))
    await database.move_clock(timedelta(seconds=-100))
    assert timedelta(seconds=399) < await now(engine) - begun < timedelta(seconds=460)


async def test_a_database_that_is_away_says_so(pg_server: TestServer, database_url: str) -> None:
    with pg_server.away(database_url), pytest.raises(psycopg.OperationalError):
        await Database(libpq(database_url)).rows("SELECT 1")


async def test_a_house_is_settled_when_each_job_has_ended_or_is_shown_as_unknown(
    database: Database, engine: Engine
) -> None:
    submitted = await an_intent(engine)
    await lose(engine, submitted.intent)
    assert await settled(database, within=1) is not None
    await a_job(engine)
    assert await settled(database, within=1) is None


async def test_what_is_held_for_a_day_is_left_and_what_is_held_for_minutes_is_waited_for(
    database: Database, engine: Engine
) -> None:
    held, soon = await an_intent(engine), await an_intent(engine)
    await lose(engine, held.intent, hold=timedelta(hours=24))
    await lose(engine, soon.intent, hold=timedelta(minutes=5))
    begun = await now(engine)
    await concluded(database, within=1)
    assert timedelta(minutes=5) <= await now(engine) - begun < timedelta(minutes=10)
