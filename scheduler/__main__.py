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
from scheduler import flower, recounting, refitting, retention, stuck, unread
from scheduler.admission import Admission
from scheduler.canaries import Canaries, pace
from scheduler.duties import Rhythm
from scheduler.lengths import QueueLengths
from scheduler.nudges import Nudges
from scheduler.pacing import Beside, NowAndThen

log = structlog.get_logger()


async def run(settings: Settings, *, database_url: str, broker_url: str) -> None:
    """Do the scheduler's duties until SIGTERM or SIGINT."""
    engine = connect(database_url, pool_size=3)
    redis: Redis = Redis.from_url(broker_url, socket_connect_timeout=2, socket_timeout=2)
    app = make_app(settings)
    lengths = QueueLengths(redis)
    canaries = Canaries(engine, app, lengths, deaf_after=settings.deaf_after)
    purging = Beside(retention.Retention(engine, retention.purges_of(settings)))
    telling = Beside(flower.FlowerRefresher(engine, app, redis, show_prompts=settings.flower_show_prompts))
    nudges = Nudges(engine, app, lengths)
    duties = (
        Admission(engine, settings.limits),
        nudges,
        NowAndThen(canaries, every=pace(settings.deaf_after)),
        NowAndThen(refitting.Refitting(engine), every=refitting.EVERY),
        NowAndThen(recounting.Recounting(engine), every=recounting.EVERY),
        NowAndThen(stuck.StuckRuns(engine), every=stuck.EVERY),
        NowAndThen(telling, every=flower.EVERY),
        NowAndThen(purging, every=retention.EVERY),
        NowAndThen(unread.UnreadAlarm(engine, settings), every=unread.EVERY),
    )
    rhythm = Rhythm(duties, until_next=lambda: nudges.wait)
    _stop_when_told(rhythm)
    log.info("scheduler ready", max_running=settings.max_running)
    try:
        await rhythm.run()
        await canaries.close()
        await telling.close()
        await purging.close()
    finally:
        await redis.aclose()
        await engine.dispose()


def _stop_when_told(rhythm: Rhythm) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, rhythm.stop)


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
