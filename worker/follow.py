"""The follower process: `python -m worker.follow`. Any number may run."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from longwatch.domain.clock import unseeded
from longwatch.logs import configure
from longwatch.results.masking import Masks
from longwatch.settings import Settings, load
from longwatch.store.engine import connect
from longwatch.store.vault import Vault
from longwatch.upstream.streaming import Streams, streaming_client
from worker.following.desk import Desk
from worker.following.follower import MOST_OPEN, Follower

log = structlog.get_logger()


@asynccontextmanager
async def following(settings: Settings, *, database_url: str) -> AsyncIterator[Follower]:
    """Yield a follower over its own connections."""
    engine = connect(database_url, pool_size=5)
    masks = Masks(engine, Vault([key.get_secret_value() for key in settings.encryption_keys]))
    root = f"{settings.upstream_url.rstrip('/')}/{settings.upstream_version}/interactions"
    async with streaming_client(connections=MOST_OPEN) as client:
        try:
            yield Follower(Desk(settings, engine, Streams(client, root), unseeded(), masks))
        finally:
            await engine.dispose()


async def run(settings: Settings, *, database_url: str) -> None:
    """Read streams until SIGTERM or SIGINT."""
    async with following(settings, database_url=database_url) as follower:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, follower.stop)
        log.info("follower ready", streams=MOST_OPEN)
        await follower.run()


def main() -> None:
    """Read the settings and run."""
    settings = load()
    configure(settings)
    if settings.database_url is None:
        sys.exit("The follower needs LONGWATCH_DATABASE_URL. `longwatch up` starts a private server and sets it.")
    asyncio.run(run(settings, database_url=settings.database_url))


if __name__ == "__main__":
    main()
