"""Will the upstream forget a run before it is read? Said aloud once a lane, and hourly while it stays so."""

from datetime import timedelta

import structlog

from longwatch.domain.clock import Clock
from longwatch.domain.keeping import alarming
from longwatch.settings import Settings
from longwatch.store import unread
from longwatch.store.engine import Engine
from longwatch.store.unread import Unread

EVERY = timedelta(minutes=1)
_AGAIN_SECONDS = 3600.0

Lane = tuple[str, str, str]

log = structlog.get_logger()


class UnreadAlarm:
    """The duty of watching for runs that may be lost."""

    def __init__(self, engine: Engine, settings: Settings, *, clock: Clock | None = None) -> None:
        self._engine = engine
        self._retention = settings.upstream_retention
        self._clock = clock or Clock()
        self._said: dict[Lane, float] = {}

    async def run_once(self) -> int:
        """Look once; nothing here is ever a reason to hurry."""
        self._tell(await self._alarming(), self._clock.monotonic())
        return 0

    async def _alarming(self) -> dict[Lane, Unread]:
        async with self._engine.begin() as tx:
            found = await unread.unread(tx, retention=self._retention)
        urgent = [lane for lane in found if alarming(lane.left, retention=self._retention)]
        return {(lane.project, lane.upstream_key, lane.agent): lane for lane in urgent}

    def _tell(self, urgent: dict[Lane, Unread], now: float) -> None:
        for name in self._said.keys() - urgent.keys():
            del self._said[name]
            log.info("runs are read again in time", project=name[0], upstream_key=name[1], agent=name[2])
        for name, lane in urgent.items():
            if now >= self._said.get(name, now):
                self._said[name] = now + _AGAIN_SECONDS
                _alarm(lane)


def _alarm(lane: Unread) -> None:
    log.error(
        "the upstream may forget runs before they are read",
        project=lane.project,
        upstream_key=lane.upstream_key,
        agent=lane.agent,
        runs=lane.runs,
        seconds_left=round(lane.left.total_seconds()),
    )
