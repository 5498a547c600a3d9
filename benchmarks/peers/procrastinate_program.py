"""Procrastinate's processes: `python -m benchmarks.peers.procrastinate_program work|prepare|produce`."""

import asyncio
import sys
from typing import Any

from benchmarks.peers.procrastinate_app import TABLE, app, research, watch
from benchmarks.peers.work import obey


async def work() -> None:
    """Run a worker: a hundred jobs at once, and a look at the table ten times a second for such short delays."""
    async with app.open_async():
        print("ready", flush=True)
        await app.run_worker_async(concurrency=100, fetch_job_polling_interval=0.1)


async def prepare() -> None:
    """Make the tables."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await app.connector.execute_query_async(TABLE)


async def produce() -> None:
    """Enqueue what is asked for."""

    async def hold(number: int, wait: float) -> Any:
        later = watch.configure(schedule_in={"seconds": wait})
        return await later.defer_async(number=number, run_id=f"run-{number}")

    async with app.open_async():
        await obey(lambda number: research.defer_async(number=number), hold)


if __name__ == "__main__":
    asyncio.run({"work": work, "prepare": prepare, "produce": produce}[sys.argv[1]]())
