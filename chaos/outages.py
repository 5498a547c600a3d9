"""How are the servers taken away? Wiped, restarted, stopped at once, or kept down."""

import asyncio
from signal import Signals

import redis.asyncio
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from chaos.faults import Fault
from chaos.house import House
from chaos.plan import Act

_FLUSH_AGAIN_SECONDS = 2.0


async def flush(broker_url: str) -> bool:
    """Wipe the broker; False while it is away."""
    retry: Retry = Retry(NoBackoff(), 0)
    async with redis.asyncio.Redis.from_url(broker_url, socket_timeout=5, retry=retry) as client:
        try:
            await client.flushall()
        except (RedisError, OSError):
            await asyncio.sleep(_FLUSH_AGAIN_SECONDS)
            return False
    return True


async def restart(house: House, act: Act) -> bool:
    """Take a server down as *act* says, and start it again."""
    match act.fault:
        case Fault.DATABASE_RESTART:
            program, signal = house.postgres, Signals.SIGINT
        case Fault.DATABASE_CRASH:
            program, signal = house.postgres, Signals.SIGQUIT
        case _:
            program, signal = house.valkey, Signals.SIGTERM
    await program.down(signal)
    await asyncio.sleep(act.lasts)
    program.start()
    return True
