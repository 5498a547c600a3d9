"""How is a call passed through to the upstream? Over one client of this process, with the upstream's key."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from api.door.errors import DoorError
from longwatch.settings import Settings
from longwatch.upstream.http import TRANSPORT_ERRORS

KEY_NAME: Final = "default"
_CONNECT_SECONDS: Final = 10.0
_CONNECTIONS: Final = 200
Content = bytes | AsyncIterator[bytes] | None


@dataclass(slots=True)
class Passage:
    """The way upstream for what is not run as a job; nothing is opened before the first call."""

    settings: Settings
    _client: httpx.AsyncClient | None = field(default=None, repr=False)

    @asynccontextmanager
    async def open(
        self,
        method: str,
        url: str,
        *,
        content: Content = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> AsyncIterator[httpx.Response]:
        """Yield the upstream's answer while its body comes; raise DoorError when there is none.

        *url* is a path below the upstream's base URL, or whole.
        """
        whole = url if "://" in url else f"{self.settings.upstream_url.rstrip('/')}{url}"
        sent = {"x-goog-api-key": self._key(), **(headers or {})}
        try:
            async with self._opened().stream(method, whole, content=content, headers=sent, **options) as response:
                yield response
        except httpx.TimeoutException as error:
            raise DoorError(504, "deadline_exceeded", "The upstream did not answer in time. Send it again.") from error
        except TRANSPORT_ERRORS as error:
            message = f"The upstream could not be reached ({type(error).__name__}). Send it again."
            raise DoorError(502, "service_unavailable", message) from error

    async def call(
        self, method: str, url: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Return the upstream's whole answer."""
        async with self.open(method, url, content=content, headers=headers) as response:
            await response.aread()
        return response

    async def aclose(self) -> None:
        """Close the client."""
        if self._client is not None:
            await self._client.aclose()

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            patience = httpx.Timeout(self.settings.foreground_timeout.total_seconds(), connect=_CONNECT_SECONDS)
            limits = httpx.Limits(max_connections=_CONNECTIONS)
            self._client = httpx.AsyncClient(timeout=patience, limits=limits, trust_env=False)
        return self._client

    def _key(self) -> str:
        key = self.settings.key(KEY_NAME)
        if key is None:
            remedy = "Have the operator set GEMINI_API_KEY for the api process, or ask in the background."
            raise DoorError(400, "failed_precondition", f"There is no upstream key to pass this through with. {remedy}")
        return key
