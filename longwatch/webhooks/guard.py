"""How does a webhook stay off private networks? A name is resolved once, and the connection goes to what was vetted."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from socket import SOCK_STREAM

import httpcore

from longwatch.webhooks.addresses import Network, objection

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Takes a host and a port, gives addresses in order of preference; raises OSError when there are none."""

Connect = Callable[..., Awaitable[httpcore.AsyncNetworkStream]]

CONNECT_SECONDS = 5.0
MOST_ADDRESSES = 4


class AddressRefusedError(httpcore.ConnectError):
    """A host without any address that a webhook may reach."""


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host* as the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens TCP connections only to addresses that are public or allowed."""

    def __init__(self, *, allow: Sequence[Network] = (), resolver: Resolver = resolve) -> None:
        self._allow = allow
        self._resolver = resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to a vetted address of *host*, DNS included in the time-out; raise httpcore's connect errors."""
        seconds = timeout or CONNECT_SECONDS
        connect = partial(
            self._inner.connect_tcp,
            port=port,
            local_address=local_address,
            socket_options=socket_options,
        )
        try:
            async with asyncio.timeout(seconds):
                return await _first_open(connect, await self._vetted(host, port), seconds=seconds)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"no connection to {host} within {seconds:g} s") from error

    async def _vetted(self, host: str, port: int) -> list[str]:
        addresses = await self._resolved(host, port)
        objections = {address: objection(ip_address(address), allow=self._allow) for address in addresses}
        vetted = [address for address, reason in objections.items() if reason is None]
        if not vetted:
            reasons = ", ".join(sorted({str(reason) for reason in objections.values()})) or "nowhere"
            raise AddressRefusedError(f"{host} leads to {reasons}; LONGWATCH_WEBHOOK_ALLOW can permit its network")
        return vetted[:MOST_ADDRESSES]

    async def _resolved(self, host: str, port: int) -> Sequence[str]:
        try:
            return await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} does not resolve") from error


async def _first_open(connect: Connect, addresses: list[str], *, seconds: float) -> httpcore.AsyncNetworkStream:
    share = seconds / len(addresses)
    for address in addresses[:-1]:
        with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
            return await connect(address, timeout=share)
    return await connect(addresses[-1], timeout=share)
