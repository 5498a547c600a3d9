"""What does a worker do with a canary? Write that it was heard: it came through the queue, a child and its loop."""

from longwatch.store import canaries
from longwatch.store.canaries import Turn
from worker.runtime import Runtime


async def hear(runtime: Runtime, turn: Turn) -> None:
    """Write that *turn*'s canary came through."""
    async with runtime.engine.begin() as tx:
        await canaries.heard(tx, turn)
