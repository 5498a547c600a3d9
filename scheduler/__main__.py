"""The scheduler process: `python -m scheduler`. Any number may run."""

import asyncio
import signal
import sys

import structlog
from redis.asyncio import Redis

from longwatch.broker.application import make_app
from longwatch.logs import configure
from longwatch.settings import Settings, load
from longwatch.store.engine import connect
from scheduler.admission import Admission
from scheduler.canaries import Canaries
from scheduler.duties import Rhythm
from scheduler.flower import FlowerRefresher
from scheduler.lengths import QueueLengths
from scheduler.nudges import Nudges
from scheduler.recounting import Recounting
from scheduler.refitting import Refitting
from scheduler.retention import Retention, purges_of
from scheduler.stuck import StuckRuns
from scheduler.unread import UnreadAlarm

log = structlog.get_logger()


async def run(settings: Settings, *, database_url: str, broker_url: str) -> None:
    """Do the scheduler's duties until SIGTERM or SIGINT."""
    engine = connect(database_url, pool_size=3)
    redis: Redis = Redis.from_url(broker_url, socket_connect_timeout=2, socket_timeout=2)
    app = make_app(settings)
    lengths = QueueLengths(redis)
    canaries = Canaries(engine, app, lengths, deaf_after=settings.deaf_after)
    flower = FlowerRefresher(engine, app, redis, show_prompts=settings.flower_show_prompts)
    duties = (
        Admission(engine, settings.limits),
        Nudges(engine, app, lengths),
        canaries,
        Refitting(engine),
        Recounting(engine),
        StuckRuns(engine),
        flower,
        Retention(engine, purges_of(settings)),
        UnreadAlarm(engine, settings),
    )
    rhythm = Rhythm(engine, duties)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, rhythm.stop)
    log.info("scheduler ready", max_running=settings.max_running)
    try:
        await rhythm.run()
        await canaries.close()
        await flower.close()
    finally:
        await redis.aclose()
        await engine.dispose()


def main() -> None:
    """Read the settings and run."""
    settings = load()
    configure(settings)
    if settings.database_url is None or settings.broker_url is None:
        sys.exit(
            "The scheduler needs LONGWATCH_DATABASE_URL and LONGWATCH_BROKER_URL. "
            "`longwatch up` starts private servers and sets both.",
        )
    asyncio.run(run(settings, database_url=settings.database_url, broker_url=settings.broker_url))


if __name__ == "__main__":
    main()
