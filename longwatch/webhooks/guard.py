"""How does a webhook stay off private networks? A name is resolved once, and the connection goes to what was vetted."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, AI_NUMERICHOST, SOCK_STREAM, AddressFamily
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from longwatch.webhooks.addresses import Network, objection

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Takes a host and a port, gives addresses in order of preference; raises OSError when there are none."""

MOST_ADDRESSES = 4


class AddressRefusedError(OSError):
    """A host without any address that a webhook may reach."""

    def __init__(self, words: str) -> None:
        super().__init__(errno.EACCES, words)


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of *host* as the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Guard(AbstractResolver):
    """Resolves names to addresses that are public or allowed, and opens sockets for no others.

    aiohttp does not resolve what is an address already: that is vetted where its socket is opened, as all are.
    """

    def __init__(self, *, allow: Sequence[Network] = (), resolver: Resolver = resolve) -> None:
        self._allow = allow
        self._resolver = resolver

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:  # noqa: ARG002
        """Return the vetted addresses of *host*, whatever the *family*; raise OSError if there are none."""
        return [_result(host, address, port) for address in await self._vetted(host, port)]

    async def close(self) -> None:
        """Nothing is held."""

    def open_socket(self, address: Any) -> socket.socket:
        """Open a socket for *address* (as getaddrinfo gives it); raise AddressRefusedError unless it may be reached."""
        family, kind, protocol, _, (host, *_) = address
        self._permitted(host, [host])
        return socket.socket(family, kind, protocol)

    async def _vetted(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise OSError(errno.EHOSTUNREACH, f"{host} does not resolve") from error
        return self._permitted(host, addresses)[:MOST_ADDRESSES]

    def _permitted(self, host: str, addresses: Sequence[str]) -> list[str]:
        objections = {address: objection(ip_address(address), allow=self._allow) for address in addresses}
        permitted = [address for address, reason in objections.items() if reason is None]
        if not permitted:
            reasons = ", ".join(sorted({str(reason) for reason in objections.values()})) or "nowhere"
            raise AddressRefusedError(f"{host} leads to {reasons}; LONGWATCH_WEBHOOK_ALLOW can permit its network")
        return permitted


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = AF_INET6 if ":" in address else AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=AI_NUMERICHOST)
