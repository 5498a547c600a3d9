"""Is the queue's server there, new enough, and will it keep what it accepted?"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from longwatch.doctor.finding import Finding, strange, well, wrong
from longwatch.doctor.place import Place

KEEPS_ALL = "noeviction"
OLDEST_MAJOR = 7
PATIENCE_SECONDS = 5
_FULL_SHARE = 0.9
_REACH = "Check LONGWATCH_BROKER_URL and that Redis or Valkey runs. Jobs are accepted meanwhile, nothing is started."
_EVICTION = "Set `maxmemory-policy noeviction`: full memory must refuse a nudge aloud, not drop one that was accepted."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Which server it is, and what it does when its memory is full; None for what it does not tell."""

    server: str
    version: str
    policy: str | None
    used_bytes: int
    most_bytes: int


async def broker(place: Place) -> AsyncIterator[Finding]:
    """Look at Redis or Valkey."""
    if place.broker_url is None:
        yield strange("broker", "there is none now", "`longwatch up` runs one, or set LONGWATCH_BROKER_URL.")
        return
    try:
        found = await _ask(place.broker_url)
    except (RedisError, OSError, ValueError) as error:
        yield wrong("broker", f"does not answer: {error or type(error).__name__}", _REACH)
        return
    for finding in _judged(found):
        yield finding


def _judged(found: _Told) -> Iterator[Finding]:
    name = f"{found.server.capitalize()} {found.version}"
    major = found.version.partition(".")[0]
    if major.isdecimal() and int(major) < OLDEST_MAJOR:
        yield wrong("broker", name, "Use Redis 7 or newer, or Valkey.")
    else:
        yield well("broker", name)
    if found.policy is None:
        yield strange("eviction policy", "the broker does not tell it", _EVICTION)
    elif found.policy != KEEPS_ALL:
        yield wrong("eviction policy", found.policy, _EVICTION)
    else:
        yield well("eviction policy", found.policy)
    if found.most_bytes and found.used_bytes > found.most_bytes * _FULL_SHARE:
        words = f"{found.used_bytes / found.most_bytes:.0%} of its memory is used"
        yield wrong("memory of the broker", words, "Give it more, and no other application: it holds wake-ups only.")


async def _ask(url: str) -> _Told:
    """Return what the broker at *url* says; raise RedisError or OSError if it does not answer."""
    patience = PATIENCE_SECONDS
    redis: Redis = Redis.from_url(url, socket_connect_timeout=patience, socket_timeout=patience)
    try:
        told = await redis.info("server", "memory")
    finally:
        await redis.aclose()
    return _Told(
        server=str(told.get("server_name", "redis")),
        version=str(told.get("valkey_version") or told.get("redis_version", "unknown")),
        policy=told.get("maxmemory_policy"),
        used_bytes=int(told.get("used_memory", 0)),
        most_bytes=int(told.get("maxmemory", 0)),
    )
