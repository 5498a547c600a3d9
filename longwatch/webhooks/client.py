"""Which HTTP client sends webhooks? aiohttp over guarded sockets: no proxies, redirects or kept connections."""

import ssl
from collections.abc import Mapping, Sequence
from typing import Final, Self

import aiohttp
import httpx

from longwatch.webhooks.addresses import Network
from longwatch.webhooks.guard import Guard, Resolver, resolve

MOST_CONNECTIONS: Final = 100
CONNECT_SECONDS: Final = 5.0


class WebhookClient:
    """Reaches the public internet and what *allow* names; close it with `aclose`.

    Every attempt has a connection of its own, so that a name is resolved and vetted again. *tls* holds the certificates
    to trust, certifi's as shipped.
    """

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        self._guard = Guard(allow=allow, resolver=resolver)
        self._tls = tls or httpx.create_ssl_context(trust_env=False)
        self._timeout = aiohttp.ClientTimeout(connect=connect_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close what is open."""
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        """Return the answer, its body unread and as it was sent: close it. Raise aiohttp's ClientError or OSError.

        The caller bounds the time, but for that of connecting.
        """
        session = self._session or self._open()
        return await session.post(url, data=body, headers=headers, allow_redirects=False)

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=MOST_CONNECTIONS,
            ssl=self._tls,
            force_close=True,
            resolver=self._guard,
            use_dns_cache=False,
            socket_factory=self._guard.open_socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session
