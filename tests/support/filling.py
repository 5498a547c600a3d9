"""A lane with as many waiting jobs and running interactions as a test wants, made in a few statements."""

from longwatch.store.engine import Engine
from longwatch.store.statements import text
from tests.support.plans import analyze

# Neither foreign keys nor the triggers that count are asked: the lane's count is set by hand.
FAST = "SET LOCAL session_replication_role = replica"
QUEUED = """
INSERT INTO job (id, project, status, lane_id, agent, priority, tags, metadata, request_hash, on_unknown_submit,
    deadline_seconds, queued_deadline_seconds, action_deadline_seconds, last_sequence, due_at)
SELECT gen_random_uuid(), 'default', 'queued', :lane, 'a', n % 10, '{}', '{}', int4send(n), 'hold', 1, 1, 1, 1,
    lw_now() - n * interval '1 ms'
FROM generate_series(1, :number) AS n
"""
RUNNING = """
WITH run AS (SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS job FROM generate_series(1, :number) AS n),
jobs AS (
    INSERT INTO job (id, project, status, lane_id, agent, priority, tags, metadata, request_hash, on_unknown_submit,
        deadline_seconds, queued_deadline_seconds, action_deadline_seconds, interaction_id, last_sequence, admitted_at)
    SELECT job, 'default', 'in_progress', :lane, 'a', 5, '{}', '{}', int4send(-n), 'hold', 1, 1, 1, id, 1, lw_now()
    FROM run
)
INSERT INTO interaction (id, job_id, lane_id, attempt, role, create_outcome, upstream_id, upstream_status,
    answered_at, due_at)
SELECT id, job, :lane, 1, 'live', 'accepted', 'up-' || n, 'in_progress', lw_now(),
    lw_now() + CASE WHEN n <= :due THEN interval '-1 s' ELSE n * interval '1 s' END
FROM run
"""


async def fill(engine: Engine, lane: int, *, queued: int, running: int, due_now: int) -> None:
    """Add so many jobs that wait, and so many runs, of which the first *due_now* are due."""
    for statement, values in (
        (QUEUED, {"lane": lane, "number": queued}),
        (RUNNING, {"lane": lane, "number": running, "due": due_now}),
        ("UPDATE lane SET running = running + :number WHERE id = :lane", {"lane": lane, "number": running}),
    ):
        async with engine.begin() as tx:
            await tx.execute(text("SET LOCAL statement_timeout = 0"))
            await tx.execute(text(FAST))
            await tx.execute(text(statement), values)
    await analyze(engine)
