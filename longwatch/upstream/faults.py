"""What went wrong on the wire? One word for any exception that a transport raises."""

import socket
import ssl
from collections.abc import Iterator
from typing import Literal

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
UnsentReason = Literal["dns", "connect", "connect_timeout", "tls", "pool_timeout"]

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
    """Return why no byte left, for an *error* of stock httpx on a fresh connection; None if one may have."""
    match error:
        case httpx.PoolTimeout():
            return "pool_timeout"
        case httpx.ConnectTimeout():
            return "connect_timeout"
        case httpx.ConnectError() | httpx.UnsupportedProtocol():
            return _broken_connect(error)
    return None


def fault(error: Exception) -> FaultReason:
    """Return what went wrong, for any transport: the operating system's word first, then the library's."""
    causes = tuple(_causes(error))
    for kinds, reason in _BY_CAUSE:
        if any(isinstance(cause, kinds) for cause in causes):
            return reason
    timed_out = any(isinstance(cause, TimeoutError) for cause in causes)
    return (unsent(error) or "timeout") if timed_out else "broken_answer"


def _broken_connect(error: Exception) -> Literal["dns", "tls", "connect"]:
    causes = tuple(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "dns"
    return "tls" if any(isinstance(cause, ssl.SSLError) for cause in causes) else "connect"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield *error* and all that it was raised from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__
