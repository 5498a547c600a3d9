"""How the supervisor asks a part whether it is ready."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from longwatch.embedded.running import EmbeddedServer

_TIMEOUT_SECONDS = 5.0


def http_ok(url: str) -> Callable[[], Awaitable[bool]]:
    """Return a probe: GET *url* answers 200."""

    async def probe() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
                return (await client.get(url)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return probe


def listens(port: int) -> Callable[[], Awaitable[bool]]:
    """Return a probe: something accepts connections on *port* of the loopback address."""

    async def probe() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    return probe


def serves(server: EmbeddedServer) -> Callable[[], Awaitable[bool]]:
    """Return a probe: the embedded *server* answers its own clients."""

    async def probe() -> bool:
        return await asyncio.to_thread(server.answers)

    return probe
