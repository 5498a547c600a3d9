"""What is at an address on this machine?"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

_MOST_BYTES = 50_000_000
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered; *status* 0 means that nothing did."""

    status: int
    content_type: str = ""
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Return whether it is there."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode("utf-8", "replace")


def is_local(url: str) -> bool:
    """Return whether *url* is an HTTP address on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"}:
        return False
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


async def fetched(urls: Iterable[str]) -> dict[str, Fetched]:
    """Return what each of *urls* that is on this machine answers; others are left out."""
    async with client() as http:
        return {url: await _one(http, url) for url in dict.fromkeys(urls) if is_local(url)}


def client() -> httpx.AsyncClient:
    """Return a client that asks no proxy and leaves this machine by no redirect."""
    hooks = {"request": [_stay_here]}
    return httpx.AsyncClient(trust_env=False, timeout=_SECONDS, follow_redirects=True, event_hooks=hooks)


async def _stay_here(request: httpx.Request) -> None:
    if not is_local(str(request.url)):
        raise httpx.UnsupportedProtocol("the address is not on this machine")


async def _one(http: httpx.AsyncClient, url: str) -> Fetched:
    try:
        async with http.stream("GET", url) as answer:
            return Fetched(answer.status_code, answer.headers.get("content-type", ""), await _body(answer))
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
        return Fetched(0)


async def _body(answer: httpx.Response) -> bytes:
    body = b""
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise httpx.StreamError("the answer is too large to read here")
    return body


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
