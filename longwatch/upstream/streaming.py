"""What does the upstream say while a run goes on? Its events as they come, from a token on; a break is no news."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import httpx

from longwatch.off_loop import off_loop
from longwatch.upstream.document import parse, text_of
from longwatch.upstream.http import TRANSPORT_ERRORS

MAX_EVENT_BYTES: Final = 64 * 1024 * 1024
SILENCE_SECONDS: Final = 120.0
_LINE = re.compile(rb"\r\n|\n|\r")


class BrokenStreamError(Exception):
    """The stream stopped before its end, or did not begin; *status* is the answer's, if there was one."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Said:
    """One event: its JSON as it came, and read."""

    raw: bytes = field(repr=False)
    document: Mapping[str, Any] = field(repr=False)

    @property
    def event_id(self) -> str | None:
        """Return the token to go on from."""
        return text_of(self.document.get("event_id"))

    @property
    def ends(self) -> bool:
        """Return whether this is the last event of the interaction."""
        return self.document.get("event_type") in {"interaction.completed", "interaction.complete"}


@dataclass(frozen=True, slots=True)
class Streams:
    """Reads streams at one base URL, over a client that the caller owns."""

    client: httpx.AsyncClient
    root: str

    async def read(self, upstream_id: str, *, key: str, after: str | None) -> AsyncIterator[Said]:
        """Yield the events that follow the token *after* up to the end; raise BrokenStreamError short of it."""
        query = {"stream": "true", **({} if after is None else {"last_event_id": after})}
        async with aclosing(self._opened(upstream_id, key, query)) as stream:
            async for said in stream:
                yield said
                if said.ends:
                    return
        raise BrokenStreamError("it ended before the interaction did")

    async def _opened(self, upstream_id: str, key: str, query: dict[str, str]) -> AsyncGenerator[Said, None]:
        url = f"{self.root}/{quote(upstream_id, safe='')}"
        headers = {"x-goog-api-key": key, "accept": "text/event-stream"}
        try:
            async with self.client.stream("GET", url, params=query, headers=headers) as response:
                _require_stream(response)
                async for said in events(response.aiter_bytes()):
                    yield said
        except TRANSPORT_ERRORS as error:
            raise BrokenStreamError(type(error).__name__) from error


def streaming_client(*, connections: int) -> httpx.AsyncClient:
    """Return a client for streams: patient between events, bounded in silence, no proxies and no redirects."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=20)
    timeout = httpx.Timeout(SILENCE_SECONDS, connect=10.0)
    return httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False, headers={"user-agent": "longwatch"})


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Said]:
    """Yield the events in *chunks* of a server-sent stream; what is none (comments, bare JSON) is passed over."""
    data = bytearray()
    async for line in _lines(chunks):
        if line.startswith(b"data:"):
            data += line.removeprefix(b"data:").strip()
        elif not line and data:
            if said := await _said(bytes(data)):
                yield said
            data.clear()


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        rest += chunk
        if len(rest) > MAX_EVENT_BYTES:
            raise BrokenStreamError("an event is longer than we are ready to hold")
        *lines, rest = _LINE.split(rest)
        for line in lines:
            yield line


async def _said(raw: bytes) -> Said | None:
    document = await off_loop(partial(parse, raw), size=len(raw))
    return None if document is None or "event_type" not in document else Said(raw, document)


def _require_stream(response: httpx.Response) -> None:
    if response.status_code != 200:
        raise BrokenStreamError(f"HTTP {response.status_code}", status=response.status_code)
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        raise BrokenStreamError("the answer is no stream", status=200)
