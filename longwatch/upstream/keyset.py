"""Which public keys does the upstream sign with? Its key set, kept, and asked for again when none of it fits."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

import httpx
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from longwatch.upstream.http import TRANSPORT_ERRORS, Timeouts, pooled_client, trust
from longwatch.upstream.pushes import Envelope, by_key, public_keys

PATH: Final = "/.well-known/jwks.json"
FLOOR: Final = timedelta(seconds=60)
"""The least time between two requests for the key set, whoever sends what."""
KEPT: Final = timedelta(hours=1)
"""How long a key set is used without asking whether it still holds."""
_SECONDS: Final = 5.0
_LARGEST: Final = 256 * 1024

log = structlog.get_logger()


class KeysAwayError(Exception):
    """The key set has never been read, and cannot be just now."""


class KeySet:
    """The upstream's keys; made on the event loop that uses it, closed by `aclose`. *monotonic* returns seconds."""

    def __init__(self, base_url: str, *, monotonic: Callable[[], float]) -> None:
        self._url = f"{base_url.rstrip('/')}{PATH}"
        self._monotonic = monotonic
        self._keys: Sequence[Ed25519PublicKey] = ()
        self._read_at = self._asked_at = float("-inf")
        self._asking = asyncio.Lock()
        self._client: httpx.AsyncClient | None = None

    async def signed(self, envelope: Envelope) -> bool:
        """Return whether one of the keys has signed it; raise KeysAwayError if there are none to try."""
        if self._monotonic() - self._read_at > KEPT.total_seconds():
            await self._refresh()
        tried = self._keys
        if by_key(envelope, tried):
            return True
        await self._refresh()
        if not self._keys:
            raise KeysAwayError
        return self._keys is not tried and by_key(envelope, self._keys)

    async def count(self) -> int:
        """Return how many keys there are, asking for them at most once a minute; raise KeysAwayError if none."""
        await self._refresh()
        if not self._keys:
            raise KeysAwayError
        return len(self._keys)

    async def aclose(self) -> None:
        """Close the client."""
        if self._client is not None:
            await self._client.aclose()

    async def _refresh(self) -> None:
        """Ask for the key set, not sooner than FLOOR after the last time; what cannot be read changes nothing."""
        async with self._asking:
            if self._monotonic() - self._asked_at >= FLOOR.total_seconds():
                self._asked_at = self._monotonic()
                await self._read()

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                keys = public_keys(await self._fetched())
        except (*TRANSPORT_ERRORS, TimeoutError) as error:
            log.warning("the upstream's key set could not be read", trouble=type(error).__name__)
            return
        self._keys, self._read_at = keys or self._keys, self._monotonic()

    async def _fetched(self) -> bytes:
        if self._client is None:
            self._client = pooled_client(tls=trust(), timeouts=Timeouts(), connections=1)
        async with self._client.stream("GET", self._url) as response:
            response.raise_for_status()
            chunks = bytearray()
            async for chunk in response.aiter_bytes():
                chunks += chunk
                if len(chunks) > _LARGEST:
                    return b""
        return bytes(chunks)
