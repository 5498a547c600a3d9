"""What has been kept for long enough? Purged in short transactions, all that there is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial

import psycopg
import structlog

from longwatch.settings import Settings
from longwatch.store import purging, sightings
from longwatch.store.engine import Engine, Tx

EVERY = timedelta(minutes=1)
_BREATH_SECONDS = 0.05

Purge = Callable[[Tx], Awaitable[int]]

log = structlog.get_logger()


def purges_of(settings: Settings) -> Mapping[str, Purge]:
    """Return, by name, what the settings want purged; nothing of what is kept for ever."""
    kept = {
        "results": (purging.results, settings.retain_results),
        "events": (purging.events, settings.retain_events),
        "deliveries": (purging.deliveries, settings.retain_deliveries),
    }
    wanted: dict[str, Purge] = {name: partial(purge, keep=keep) for name, (purge, keep) in kept.items() if keep}
    # Once purged, always freed: also after a setting was taken back.
    return {**wanted, "keys": purging.keys, "files": purging.files, "sightings": sightings.prune}


class Retention:
    """The duty of purging; any number of schedulers may do it, and each takes what no other holds."""

    def __init__(self, engine: Engine, purges: Mapping[str, Purge]) -> None:
        self._engine = engine
        self._purges = purges

    async def run_once(self) -> int:
        """Purge until nothing is left; never a reason to hurry."""
        try:
            for name, purge in self._purges.items():
                await self._purge_all(name, purge)
        except (psycopg.Error, OSError, TimeoutError) as error:
            log.info("purging goes on later", trouble=type(error).__name__)
        return 0

    async def _purge_all(self, name: str, purge: Purge) -> None:
        total = 0
        while purged := await self._once(purge):
            total += purged
            log.info("purged", what=name, number=purged, total=total)
            await asyncio.sleep(_BREATH_SECONDS)

    async def _once(self, purge: Purge) -> int:
        async with self._engine.begin() as tx:
            return await purge(tx)
