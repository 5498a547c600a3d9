"""How long are the queues? Asked of the broker; while it does not say, one nudge is as good as many."""

from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from longwatch.broker.queues import QUEUES, Queue


@dataclass(frozen=True, slots=True)
class QueueLengths:
    """Reads the lengths from Redis or Valkey, where kombu keeps each queue as a list of its name."""

    redis: Redis

    async def room(self, limit: int) -> dict[Queue, int]:
        """Return how many nudges each queue may take until it holds *limit*."""
        try:
            async with self.redis.pipeline(transaction=False) as pipeline:
                for queue in QUEUES:
                    pipeline.llen(queue.value)
                lengths = await pipeline.execute()
        except (RedisError, OSError):
            return dict.fromkeys(QUEUES, 1)
        return {queue: limit - length for queue, length in zip(QUEUES, lengths, strict=True)}
