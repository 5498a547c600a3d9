"""Past and present runs in bulk, as if they had been watched: what an installation learns from."""

from collections.abc import Sequence

from longwatch.store.engine import Engine
from tests.support.store import AGENT, a_job, execute, job_row

_RUNS = """
WITH given AS (
    SELECT gen_random_uuid() AS id, gen_random_uuid() AS run, lasted, ago
    FROM unnest(CAST(:durations AS float[]), CAST(:agos AS float[])) AS given (lasted, ago)
), jobs AS (
    INSERT INTO job (id, project, status, lane_id, priority, tags, metadata, request_hash, on_unknown_submit,
        deadline_seconds, queued_deadline_seconds, action_deadline_seconds)
    SELECT id, 'default', 'completed', :lane, 5, '{}', '{}', '', 'hold', 1, 1, 1 FROM given
)
INSERT INTO interaction (id, job_id, lane_id, attempt, role, running, upstream_status, polls, answered_at, ended_at,
    due_at)
SELECT run, id, :lane, 1, CASE WHEN ago >= 0 THEN 'collect' ELSE 'live' END, ago < 0,
    CASE WHEN ago >= 0 THEN 'completed' ELSE 'in_progress' END, 1,
    lw_now() - make_interval(secs => greatest(ago, 0) + lasted),
    CASE WHEN ago >= 0 THEN lw_now() - make_interval(secs => ago) END,
    CASE WHEN ago < 0 THEN lw_now() + interval '1 d' END
FROM given
"""


async def past_runs(
    engine: Engine, durations: Sequence[float], *, agent: str = AGENT, apart: float = 60.0, since: float = 0.0
) -> None:
    """Store ended runs of these *durations* in seconds, one end every *apart* s, the last one *since* s ago."""
    agos = [since + apart * (len(durations) - place) for place in range(len(durations))]
    await _insert(engine, durations, agos, agent)


async def runs_at_work(engine: Engine, ages: Sequence[float], *, agent: str = AGENT) -> None:
    """Store runs of these *ages* in seconds that have not ended; they are not due for a day."""
    await _insert(engine, ages, [-1.0] * len(ages), agent)


async def _insert(engine: Engine, durations: Sequence[float], agos: Sequence[float], agent: str) -> None:
    lane = (await job_row(engine, await a_job(engine, agent=agent)))["lane_id"]
    await execute(engine, _RUNS, lane=lane, durations=list(durations), agos=list(agos))
