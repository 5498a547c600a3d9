"""How long until a run is read again? As the past runs of its agent teach, or plainly while there are too few."""

import random
from collections.abc import Mapping
from datetime import timedelta

from longwatch.domain.clock import Clock
from longwatch.domain.hazard import Hazard
from longwatch.domain.learned import Learned, plan
from longwatch.settings import Settings
from longwatch.store import hazards
from longwatch.store.engine import Engine

REFRESH_SECONDS = 30.0


class Pacing:
    """Plans reads; what the scheduler has learned is read again every half minute, however many batches there are."""

    def __init__(self, engine: Engine, settings: Settings, *, clock: Clock, rng: random.Random) -> None:
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._rng = rng
        self._next: float = clock.monotonic()
        self._known: Mapping[str, Hazard] = {}
        self._plans: dict[str, Learned] = {}

    def delay(self, agent: str, *, taken: int, age: timedelta) -> timedelta:
        """Return how long to wait, *age* after the create's answer and *taken* waits, for a run of *agent*."""
        learned = self._plans.get(agent)
        if learned is None:
            return self._settings.plain_pace.delay(taken, self._rng)
        return learned.delay(age, self._rng)

    async def refresh(self) -> None:
        """Read what has been learned, if that was not done for a while. Raise what the database raises."""
        now = self._clock.monotonic()
        if now < self._next or self._settings.poll_policy == "exponential":
            return
        self._next = now + REFRESH_SECONDS
        async with self._engine.connect() as tx:
            self._learn(await hazards.in_use(tx))

    def _learn(self, known: Mapping[str, Hazard]) -> None:
        for agent in self._plans.keys() - known.keys():
            del self._plans[agent]
        for agent, hazard in known.items():
            if hazard != self._known.get(agent):
                self._plans[agent] = plan(hazard, reads_a_run=self._settings.polls_per_job)
        self._known = known
