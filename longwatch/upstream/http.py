"""How do bytes travel? The one place that builds HTTP clients: swap the library or the transport here."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any, Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import map_aiohttp_exceptions

USER_AGENT: Final = "longwatch"
TRANSPORT_ERRORS: Final = (httpx.HTTPError, aiohttp.ClientError, OSError)
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_KEPT_SECONDS: Final = 30
_JSON: Final = {"accept": "application/json", "user-agent": USER_AGENT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Bounds of one call upstream; all but *connect* count from its start to its last byte."""

    connect: timedelta = timedelta(seconds=10)
    create: timedelta = timedelta(seconds=30)
    get: timedelta = timedelta(seconds=60)
    cancel: timedelta = timedelta(seconds=30)


class TooLargeError(Exception):
    """The answer is longer than we are ready to hold."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer."""

    status: int
    raw: bytes
    content_type: str
    retry_after: str | None


def trust() -> ssl.SSLContext:
    """Return the certificates to trust: certifi's, or those that SSL_CERT_FILE names. Costly: build it once."""
    return httpx.create_ssl_context()


class Connections:
    """Calls over aiohttp itself, at a third of httpx's CPU: no proxies, redirects or cookies; its errors are httpx's.

    Kept connections are for what may be repeated: when one turns out to be closed, aiohttp repeats a GET or DELETE
    once. Those that are not *kept* are new for each call and used once, and nothing is repeated in any layer.
    """

    def __init__(self, *, tls: ssl.SSLContext, timeouts: Timeouts, most: int = 0, kept: bool) -> None:
        self._tls = tls
        self._most = most
        self._kept = kept
        connect = timeouts.connect.total_seconds()
        self._timeout = aiohttp.ClientTimeout(connect=connect, sock_connect=connect)
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Return the whole answer; raise one of TRANSPORT_ERRORS or TooLargeError. The caller bounds the time."""
        session = self._session or self._open()
        data = None if body is None else BytesIO(body)
        with map_aiohttp_exceptions():
            response = await session.request(method, url, headers=headers, data=data, allow_redirects=False)
            # Nothing is waited for once the body is read: a closing that fails must not cost the id that was in it.
            try:
                return Answer(
                    response.status,
                    await _body(response),
                    response.headers.get("content-type", ""),
                    response.headers.get("retry-after"),
                )
            finally:
                response.close()

    async def aclose(self) -> None:
        """Close the connections; open calls must have ended."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        keeping: dict[str, Any] = {"keepalive_timeout": _KEPT_SECONDS} if self._kept else {"force_close": True}
        connector = aiohttp.TCPConnector(limit=self._most, ssl=self._tls, **keeping)
        self._session = aiohttp.ClientSession(
            connector=connector, headers=_JSON, timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar()
        )
        return self._session


async def _body(response: aiohttp.ClientResponse) -> bytes:
    chunks = bytearray()
    while chunk := await response.content.readany():
        chunks += chunk
        if len(chunks) > MAX_ANSWER_BYTES:
            raise TooLargeError
    return bytes(chunks)


def pooled_client(*, tls: ssl.SSLContext, timeouts: Timeouts, connections: int) -> httpx.AsyncClient:
    """Return a client for other repeatable calls: kept connections, no proxies, no redirects; aiohttp carries it."""
    limits = httpx.Limits(
        max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=_KEPT_SECONDS
    )
    return httpx.AsyncClient(
        transport=AiohttpTransport(verify=tls, limits=limits, trust_env=False),
        timeout=_timeout(timeouts, total=timeouts.get),
        headers=_JSON,
        trust_env=False,
    )


def _timeout(timeouts: Timeouts, *, total: timedelta) -> httpx.Timeout:
    connect = timeouts.connect.total_seconds()
    return httpx.Timeout(total.total_seconds(), connect=connect, pool=connect)
