"""Do the questions that are asked all the time stay cheap however many rows there are?"""

import pytest

from longwatch.domain import ids
from longwatch.domain.errors import NotFoundError
from longwatch.store import announced, health, history, inserting, keys, outputs, reading
from longwatch.store.engine import Engine, Tx
from tests.support.plans import analyze, plans_of
from tests.support.store import a_new_job, execute

pytestmark = pytest.mark.anyio

ADMITTED = "UPDATE job SET admitted_at = lw_now() WHERE project = 'busy'"
ENDED = """
UPDATE job SET status = (ARRAY['completed', 'failed', 'cancelled', 'in_progress'])[1 + get_byte(uuid_send(id), 15) % 4]
WHERE project = 'default'
"""
RUNNING = """
INSERT INTO interaction (id, job_id, lane_id, attempt, role, running, due_at)
SELECT id, id, lane_id, 1, 'live', false, lw_now() FROM job
"""
SENT = """
INSERT INTO delivery (id, job_id, sequence, url, status, due_at)
SELECT id, id, 1, 'https://example.com', 'delivered', NULL FROM job
"""
KEYS = """
INSERT INTO api_key (id, project, name, key_hash)
SELECT gen_random_uuid(), 'p', 'n', sha256(number::text::bytea) FROM generate_series(1, 3000) AS number
"""


@pytest.fixture
async def full(engine: Engine) -> Engine:
    """A database with thousands of everything."""
    async with engine.begin() as tx:
        await inserting.insert(tx, [a_new_job() for _ in range(3000)])
        await inserting.insert(tx, [a_new_job(project="busy") for _ in range(1000)])
    for statement in (ADMITTED, ENDED, RUNNING, SENT, KEYS):
        await execute(engine, statement)
    await analyze(engine)
    return engine


async def test_lateness_is_read_from_the_ends_of_indexes(full: Engine) -> None:
    plan = await plans_of(full, health.overdue)
    for index in ("job_due", "interaction_due", "delivery_due"):
        assert index in plan, plan
    assert "Seq Scan on delivery" not in plan
    assert "Sort" not in plan


async def test_counting_never_reads_whole_tables(full: Engine) -> None:
    plan = await plans_of(full, health.counts)
    assert "job_project_status_id" in plan, plan
    assert "Seq Scan on job\n" not in plan, plan
    assert "Seq Scan on delivery" not in plan, plan


async def test_a_key_is_found_by_its_hash(full: Engine) -> None:
    async def ask(tx: Tx) -> None:
        await keys.caller_of(tx, "wrong")

    assert "api_key_key_hash_key" in await plans_of(full, ask)


async def test_what_belongs_to_one_job_is_read_by_keys(full: Engine) -> None:
    job = ids.new()

    async def ask(tx: Tx) -> None:
        await history.page(tx, job, after=1, limit=100)
        await announced.deliveries(tx, job)
        for read in (outputs.output, outputs.raw, reading.require):
            with pytest.raises(NotFoundError):
                await read(tx, "default", job)

    plan = await plans_of(full, ask)
    assert "event_pkey" in plan, plan
    for table in ("job", "event", "delivery"):
        assert f"Seq Scan on {table}\n" not in plan, plan
