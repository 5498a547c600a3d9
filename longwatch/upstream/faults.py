"""What went wrong on the wire? One word for any exception that a transport raises."""

import socket
import ssl
from collections.abc import Iterator
from typing import Literal

import aiohttp
import httpx

FaultReason = Literal[
    "dns",
    "connect",
    "connect_timeout",
    "tls",
    "pool_timeout",
    "timeout",
    "write_failed",
    "broken_answer",
]
UnsentReason = Literal["dns", "connect", "connect_timeout", "tls"]

# httpx-aiohttp calls every lost connection a ConnectTimeout: only what lies beneath tells a reset from a refusal.
_BY_CAUSE: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], FaultReason], ...] = (
    (socket.gaierror, "dns"),
    (ssl.SSLError, "tls"),
    (ConnectionRefusedError, "connect"),
    ((ConnectionResetError, BrokenPipeError, httpx.ReadError, httpx.RemoteProtocolError), "broken_answer"),
    (httpx.WriteError, "write_failed"),
    ((httpx.ReadTimeout, httpx.WriteTimeout), "timeout"),
    (httpx.PoolTimeout, "pool_timeout"),
    (httpx.ConnectError, "connect"),
)


def unsent(error: Exception) -> UnsentReason | None:
    """Return why no byte left, for an *error* on a new connection, raised from aiohttp's; None if one may have.

    aiohttp raises these errors only where it connects, never where it sends.
    """
    match error.__cause__:
        case aiohttp.ClientConnectorDNSError():
            return "dns"
        case aiohttp.ClientSSLError():
            return "tls"
        case aiohttp.ClientConnectorError():
            return "connect"
        case aiohttp.ConnectionTimeoutError():
            return "connect_timeout"
    return None


def fault(error: Exception) -> FaultReason:
    """Return what went wrong, for any transport: the operating system's word first, then the library's."""
    causes = tuple(_causes(error))
    for kinds, reason in _BY_CAUSE:
        if any(isinstance(cause, kinds) for cause in causes):
            return reason
    timed_out = any(isinstance(cause, TimeoutError) for cause in causes)
    if not timed_out:
        return "broken_answer"
    return "connect_timeout" if isinstance(error, httpx.ConnectTimeout) else "timeout"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and all that it was raised from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
