"""Which runs are stuck? Marks those that are old for their agent and silent; takes the mark back when they move."""

from datetime import timedelta

import structlog

from longwatch.domain import ids
from longwatch.domain.stuck import SHORTEST, Patience, explained, patience
from longwatch.store import durations, stuck
from longwatch.store.engine import Engine, Tx
from longwatch.store.stuck import OldRun

EVERY = timedelta(minutes=1)
PAST_RUNS = 500
MOST_RUNS = 1000

log = structlog.get_logger()


class StuckRuns:
    """The duty of noticing stuck runs; any number of schedulers may do it, and each mark is told once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def run_once(self) -> int:
        """Look through the old runs; return how many marks were changed."""
        async with self._engine.connect() as tx:
            runs = await stuck.old_runs(tx, least=SHORTEST, limit=MOST_RUNS)
            patiences = {agent: await self._patience(tx, agent) for agent in {run.agent for run in runs}}
        return sum([await self._judge(run, patiences[run.agent]) for run in runs])

    async def _patience(self, tx: Tx, agent: str) -> Patience:
        past = await durations.past_runs(tx, agent, limit=PAST_RUNS)
        return patience([run.age for run in past if run.ended])

    async def _judge(self, run: OldRun, limit: Patience) -> bool:
        if run.marked:
            return run.silence < limit.silence and await self._unmark(run)
        return limit.spent(age=run.age, silence=run.silence) and await self._mark(run, limit)

    async def _mark(self, run: OldRun, limit: Patience) -> bool:
        detail = explained(limit, age=run.age, silence=run.silence)
        async with self._engine.begin() as tx:
            changed = await stuck.mark(tx, run.job_id, detail=detail)
        if changed is not None:
            log.warning("a run is stuck", job=ids.encode(ids.JOB, run.job_id), agent=run.agent, age=str(run.age))
        return changed is not None

    async def _unmark(self, run: OldRun) -> bool:
        async with self._engine.begin() as tx:
            changed = await stuck.unmark(tx, run.job_id)
        return changed is not None
