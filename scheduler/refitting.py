"""What have the newest runs taught? Learned anew, agent by agent, when enough of them have ended since."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import structlog

from longwatch.domain.hazard import Span, learn
from longwatch.store import durations, hazards
from longwatch.store.durations import AtWork, PastRun
from longwatch.store.engine import Engine, Tx
from longwatch.store.hazards import Freshness

NEWEST = 1000
"""How many past runs of an agent are learned from."""
EVERY = timedelta(seconds=30)
_FOR_EVER = timedelta(days=36_500)

log = structlog.get_logger()


class Refitting:
    """The duty of learning; any number of schedulers may run it, and one at a time does it."""

    def __init__(self, engine: Engine, *, freshness: Freshness | None = None) -> None:
        self._engine = engine
        self._freshness = freshness or Freshness()

    async def run_once(self) -> int:
        """Learn what is to be learned; never a reason to hurry."""
        async with self._engine.begin() as tx:
            for agent in await hazards.stale(tx, self._freshness):
                await _refit(tx, agent)
        return 0


async def _refit(tx: Tx, agent: str) -> None:
    past = await durations.past_runs(tx, agent, limit=NEWEST)
    at_work = await durations.at_work(tx, agent)
    ends = sum(run.ended for run in past)
    await hazards.keep(tx, agent, learn(spans(past, at_work, window=window(past))), ends=ends)
    log.info("learned when runs end", agent=agent, ends=ends)


def window(past: Sequence[PastRun]) -> timedelta:
    """Return how far back *past* tells everything: for ever, unless there are older ends that it leaves out."""
    return _FOR_EVER if len(past) < NEWEST else past[-1].ago


def spans(past: Sequence[PastRun], at_work: Sequence[AtWork], *, window: timedelta) -> Iterator[Span]:
    """Yield what was watched of each run within the *window*.

    What a run lived through before is left out: of the runs that ended then, nothing is known.
    """
    for run in past:
        yield _watched(run.age, since=window - run.ago, ended=run.ended, number=1)
    for group in at_work:
        yield _watched(group.age, since=window, ended=False, number=group.number)


def _watched(age: timedelta, *, since: timedelta, ended: bool, number: int) -> Span:
    entered = max(age - since, timedelta())
    return Span(entered=entered.total_seconds(), left=age.total_seconds(), ended=ended, number=number)
