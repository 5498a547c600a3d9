"""How do fifty thousand runs come to be in flight at once? By SQL, as rows that earlier creates would have left."""

from collections.abc import Mapping

import psycopg

_LANE = """
INSERT INTO lane (project, upstream_key, agent) VALUES ('default', 'default', %(agent)s)
ON CONFLICT (project, upstream_key, agent) DO UPDATE SET agent = excluded.agent RETURNING id
"""
_JOBS = """
WITH numbered AS MATERIALIZED (
    SELECT number, uuidv7() AS job_id, uuidv7() AS run_id
    FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(count)s - 1) AS number
), jobs AS (
    INSERT INTO job (id, project, status, lane_id, agent, request_hash, priority, tags, metadata, on_unknown_submit,
        deadline_seconds, queued_deadline_seconds, action_deadline_seconds, admitted_at, started_at, interaction_id,
        attempt, creates, last_sequence)
    SELECT job_id, 'default', 'in_progress', %(lane)s, %(agent)s, '\\x00', 5, '{}', '{}', 'hold',
        864000, 864000, 864000, lw_now(), lw_now(), run_id, 1, 1, 1 FROM numbered
), requests AS (
    INSERT INTO job_request (job_id, body) SELECT job_id, '{"input": "held"}' FROM numbered
), events AS (
    INSERT INTO event (job_id, sequence, type, interaction_id, data)
    SELECT job_id, 1, 'job.created', run_id, '{}' FROM numbered
)
INSERT INTO interaction (id, job_id, lane_id, attempt, role, create_outcome, upstream_id, upstream_status, answered_at,
    deadline_at, due_at)
SELECT run_id, job_id, %(lane)s, 1, 'live', 'accepted', 'run-' || number, 'in_progress', lw_now(),
    lw_now() + interval '10 days', lw_now() + random() * %(over)s * interval '1 s' FROM numbered
"""
_FIRST = 10_000_000


def in_flight(database_url: str, count: int, *, over: float, agent: str) -> None:
    """Put *count* running jobs into the tables, their next polls spread evenly over so many seconds."""
    with psycopg.connect(libpq(database_url), autocommit=True) as database:
        found = database.execute(_LANE, {"agent": agent}).fetchone()
        assert found is not None
        values = {"first": _FIRST, "count": count, "lane": found[0], "agent": agent, "over": over}
        database.execute(_JOBS, values)
        database.execute("VACUUM ANALYZE")


def libpq(url: str) -> str:
    """Return an SQLAlchemy URL as libpq reads it."""
    return url.replace("+psycopg", "", 1)


_ENDED = """
WITH numbered AS MATERIALIZED (
    SELECT uuidv7() AS job_id, uuidv7() AS run_id FROM generate_series(1, %(count)s::bigint)
), jobs AS (
    INSERT INTO job (id, project, status, lane_id, agent, request_hash, priority, tags, metadata, on_unknown_submit,
        deadline_seconds, queued_deadline_seconds, action_deadline_seconds, admitted_at, started_at, finished_at,
        interaction_id, attempt, creates, last_sequence)
    SELECT job_id, 'default', 'completed', %(lane)s, %(agent)s, '\\x00', 5, '{}', '{}', 'hold',
        5400, 86400, 604800, lw_now(), lw_now(), lw_now(), run_id, 1, 1, 2 FROM numbered
), requests AS (
    INSERT INTO job_request (job_id, body) SELECT job_id, '{"input": "ended"}' FROM numbered
), events AS (
    INSERT INTO event (job_id, sequence, type, interaction_id, data)
    SELECT job_id, sequence, (ARRAY['job.created', 'job.completed'])[sequence], run_id, '{"status": "completed"}'
    FROM numbered, generate_series(1, 2) AS sequence
), runs AS (
    INSERT INTO interaction (id, job_id, lane_id, attempt, role, running, create_outcome, upstream_id, upstream_status,
        answered_at, ended_at)
    SELECT run_id, job_id, %(lane)s, 1, 'collect', false, 'accepted', 'ended-' || run_id, 'completed',
        lw_now() - interval '6 min', lw_now() FROM numbered
)
INSERT INTO result (interaction_id, job_id, raw, content_type, readable, derived_at, text)
SELECT run_id, job_id, convert_to(repeat('word ', 50), 'UTF8'), 'application/json', true, lw_now(), repeat('word ', 50)
FROM numbered
"""
_AT_ONCE = 50_000
_FULL = {"interaction": 30, "job": 58}
"""How full, in percent, lives leave a table's pages: measured after 1,600 jobs at 40 a second and a vacuum.

Filled to the brim at once, each page would have room for one more row, and each new row its own page to be logged.
"""
_FILLFACTOR = """
SELECT option_value FROM pg_class, pg_options_to_table(reloptions)
WHERE oid = CAST(%s AS regclass) AND option_name = 'fillfactor'
"""


def ended(database_url: str, count: int, *, agent: str) -> None:
    """Put *count* jobs that have ended into the tables, with all that they leave."""
    with psycopg.connect(libpq(database_url), autocommit=True) as database:
        found = database.execute(_LANE, {"agent": agent}).fetchone()
        assert found is not None
        shipped = {table: _fillfactor(database, table) for table in _FULL}
        _fill(database, _FULL)
        for begun in range(0, count, _AT_ONCE):
            values = {"count": min(_AT_ONCE, count - begun), "lane": found[0], "agent": agent}
            database.execute(_ENDED, values)
        _fill(database, shipped)
        database.execute("VACUUM ANALYZE")
        # A page's first change after a checkpoint is logged whole: filling a million brings some, a thousand none.
        database.execute("CHECKPOINT")


def _fillfactor(database: "psycopg.Connection[tuple[object, ...]]", table: str) -> int:
    row = database.execute(_FILLFACTOR, [table]).fetchone()
    assert row is not None
    return int(str(row[0]))


def _fill(database: "psycopg.Connection[tuple[object, ...]]", percent: Mapping[str, int]) -> None:
    for table, most in percent.items():
        database.execute(f"ALTER TABLE {table} SET (fillfactor = {most})".encode())
