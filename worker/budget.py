"""May this many runs be read now? A token bucket for each upstream key, in Redis, shared by all workers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from longwatch.domain.bucket import Bucket
from longwatch.domain.clock import Clock

SHARE_ALONE = 1 / 8
"""What a process takes of the budget while Redis is away, which nobody then shares out."""
_SECONDS_KEPT = 3600
_TIMEOUT_SECONDS = 1.0
_DOUBLES_AFTER = 60
_BURST_SECONDS = 5
_MOST_HALVINGS = 5
# How often the rate is halved now: a halving is undone for each minute in which the upstream did not say 429.
_HALVED = f"""
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local slowed = redis.call('HMGET', KEYS[1], 'halvings', 'halved_at')
local halvings = 0
if slowed[1] then
    halvings = math.max(0, slowed[1] - math.floor(math.max(0, now - slowed[2]) / {_DOUBLES_AFTER}))
end
"""
# A bucket that is missing starts empty: Redis may have been wiped just after it was emptied.
_TAKE = f"""{_HALVED}
local wanted, rate = tonumber(ARGV[1]), ARGV[2] / 2 ^ halvings
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = 0
if kept[1] then
    tokens = math.min(math.max(1, rate), kept[1] + math.max(0, now - kept[2]) * rate)
end
local taken = math.min(wanted, math.floor(tokens))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - taken), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return taken
"""
_HALVE = f"""{_HALVED}
if slowed[1] and now - slowed[2] < {_BURST_SECONDS} then
    return 0
end
halvings = math.min({_MOST_HALVINGS}, halvings + 1)
redis.call('HSET', KEYS[1], 'halvings', tostring(halvings), 'halved_at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], ARGV[1])
return halvings
"""

log = structlog.get_logger()


@dataclass(slots=True)
class PollBudget:
    """Reads a second by upstream key, `*` for each other one; a key without a rate may read as it likes."""

    rates: Mapping[str, float]
    redis: Redis | None = None
    clock: Clock = field(default_factory=Clock)
    _alone: dict[str, Bucket] = field(default_factory=dict)
    _away: bool = False

    def rate(self, key: str) -> float | None:
        """Return the reads a second that *key* may make; None: as many as it likes."""
        return self.rates.get(key, self.rates.get("*"))

    async def take(self, key: str, number: int) -> int:
        """Return how many of *number* reads may be made now; a negative number gives back what was not used."""
        rate = self.rate(key)
        if rate is None or not number:
            return number
        try:
            taken = await self._shared(key, number, rate)
        except (RedisError, OSError) as error:
            self._tell(away=True, trouble=type(error).__name__)
            return self._by_myself(key, number, rate)
        self._tell(away=False)
        return taken

    async def slow_down(self, key: str) -> None:
        """Halve the rate of *key*, once for a burst of refusals: the upstream said 429 to a read with it.

        It doubles again for each minute without. A key without a rate has none to halve.
        """
        if self.redis is None or self.rate(key) is None:
            return
        try:
            halvings = await self.redis.register_script(_HALVE)(keys=[_bucket(key)], args=[_SECONDS_KEPT])
        except (RedisError, OSError):
            return
        if halvings:
            log.warning("reads are slowed down", upstream_key=key, to=f"1/{2**halvings}")

    async def aclose(self) -> None:
        """Let go of the connection."""
        if self.redis is not None:
            await self.redis.aclose()

    async def _shared(self, key: str, number: int, rate: float) -> int:
        if self.redis is None:
            raise ConnectionError("no Redis was named")
        take = self.redis.register_script(_TAKE)
        return int(await take(keys=[_bucket(key)], args=[number, rate, _SECONDS_KEPT]))

    def _by_myself(self, key: str, number: int, rate: float) -> int:
        bucket = self._alone.setdefault(key, Bucket(rate * SHARE_ALONE, at=self.clock.monotonic()))
        return bucket.take(number, now=self.clock.monotonic())

    def _tell(self, *, away: bool, **why: str) -> None:
        if away != self._away:
            log.warning("the poll budget is not shared" if away else "the poll budget is shared again", **why)
        self._away = away


def _bucket(key: str) -> str:
    return f"longwatch:polls:{key}"


def poll_budget(rates: Mapping[str, float], broker_url: str | None, clock: Clock) -> PollBudget:
    """Return the budget of a process; nothing is opened before a key with a rate is read with."""
    if broker_url is None or not rates:
        return PollBudget(rates, clock=clock)
    patience = _TIMEOUT_SECONDS
    redis: Redis = Redis.from_url(broker_url, socket_connect_timeout=patience, socket_timeout=patience)
    return PollBudget(rates, redis, clock)
