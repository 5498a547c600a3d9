"""arq: the create is a job, and the watching another that raises `Retry` until the run is over."""

import asyncio
from typing import Any, ClassVar

from arq import Retry, create_pool, func
from arq.connections import RedisSettings

from benchmarks.peers.work import REDIS, RHYTHM, client, create, obey, poll, tell

_REDIS = RedisSettings.from_dsn(REDIS)


async def research(ctx: dict[str, Any], number: int) -> None:
    """Begin the run and have it watched."""
    run_id = await create(ctx["http"], number)
    await ctx["redis"].enqueue_job("watch", number, run_id, _defer_by=RHYTHM.delay(0))


async def watch(ctx: dict[str, Any], number: int, run_id: str) -> dict[str, Any]:
    """Poll once; the result stays in Redis."""
    run = await poll(ctx["http"], run_id)
    if run is None:
        raise Retry(defer=RHYTHM.delay(ctx["job_try"]))
    await tell(ctx["http"], number, run)
    return run


async def startup(ctx: dict[str, Any]) -> None:
    """Make the worker's client."""
    ctx["http"] = client()


async def shutdown(ctx: dict[str, Any]) -> None:
    """Close it."""
    await ctx["http"].aclose()


class WorkerSettings:
    """What `arq` reads: a hundred jobs at once, and a look at the queue ten times a second for such short delays."""

    functions: ClassVar[list[Any]] = [research, func(watch, max_tries=1_000_000)]
    redis_settings = _REDIS
    on_startup = startup
    on_shutdown = shutdown
    max_jobs = 100
    poll_delay = 0.1


async def produce() -> None:
    """Enqueue what is asked for."""
    pool = await create_pool(_REDIS)

    async def hold(number: int, wait: float) -> None:
        await pool.enqueue_job("watch", number, f"run-{number}", _defer_by=wait)

    await obey(lambda number: pool.enqueue_job("research", number), hold)


if __name__ == "__main__":
    asyncio.run(produce())
