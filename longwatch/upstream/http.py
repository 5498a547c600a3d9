"""How do bytes travel? The one place that builds HTTP clients: swap the library or the transport here."""

import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

USER_AGENT: Final = "longwatch"
TRANSPORT_ERRORS: Final = (httpx.HTTPError, aiohttp.ClientError, OSError)
_JSON: Final = {"accept": "application/json", "user-agent": USER_AGENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Bounds of one call upstream; all but *connect* count from its start to its last byte."""

    connect: timedelta = timedelta(seconds=10)
    create: timedelta = timedelta(seconds=30)
    get: timedelta = timedelta(seconds=60)
    cancel: timedelta = timedelta(seconds=30)


def trust() -> ssl.SSLContext:
    """Return the certificates to trust: certifi's, or those that SSL_CERT_FILE names. Costly: build it once."""
    return httpx.create_ssl_context()


def pooled_client(*, tls: ssl.SSLContext, timeouts: Timeouts, connections: int) -> httpx.AsyncClient:
    """Return the client for reads and other repeatable calls: kept connections, no proxies, no redirects.

    aiohttp carries it because stock httpx costs five times the CPU per poll. aiohttp repeats a GET or DELETE
    once when a kept connection turns out to be closed, which is harmless here, and never a POST.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=30)
    return httpx.AsyncClient(
        transport=AiohttpTransport(verify=tls, limits=limits, trust_env=False),
        timeout=_timeout(timeouts, total=timeouts.get),
        headers=_JSON,
        trust_env=False,
    )


def single_use_client(*, tls: ssl.SSLContext, timeouts: Timeouts) -> httpx.AsyncClient:
    """Return a client for one create: a fresh connection that is never used again, and no retry in any layer.

    Stock httpx, because its errors tell "no byte has left" from "one may have"; the aiohttp transport's do not.
    """
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(
            verify=tls,
            retries=0,
            trust_env=False,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
        ),
        timeout=_timeout(timeouts, total=timeouts.create),
        headers=_JSON,
        trust_env=False,
    )


def _timeout(timeouts: Timeouts, *, total: timedelta) -> httpx.Timeout:
    connect = timeouts.connect.total_seconds()
    return httpx.Timeout(total.total_seconds(), connect=connect, pool=connect)
