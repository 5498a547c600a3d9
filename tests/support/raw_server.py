"""A server that speaks HTTP byte by byte, so that it can also speak it wrongly; it counts what it received."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read to its end."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Turn:
    """What a behaviour has in hand to answer one request."""

    request: Request
    writer: asyncio.StreamWriter
    closing: asyncio.Event


Behaviour = Callable[[Turn], Awaitable[None]]


@dataclass(slots=True)
class RawServer:
    """A listener on loopback; *behaviours* answer the requests in turn, the last one all that follow."""

    behaviours: list[Behaviour]
    tls: ssl.SSLContext | None = None
    read_first: bool = True
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _handlers: set[asyncio.Task[None]] = field(default_factory=set)
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The base URL to call."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def count(self, method: str) -> int:
        """Return how many requests of *method* came in."""
        return sum(request.method == method for request in self.requests)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._closing.set()
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*self._handlers)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        if not self.read_first:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._handlers.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while (request := await _read(reader)) and not writer.is_closing():
                self.requests.append(request)
                behave = self.behaviours[min(len(self.requests), len(self.behaviours)) - 1]
                await behave(Turn(request, writer, self._closing))
        with suppress(ConnectionError, ssl.SSLError):
            writer.close()
            await writer.wait_closed()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


def answer(body: Any = b"", *, status: int = 200, content_type: str = "application/json", **headers: str) -> Behaviour:
    """Return a behaviour that answers properly; a *body* that is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} Said\r\ncontent-type: {content_type}\r\ncontent-length: {len(raw)}\r\n{more}\r\n"

    async def behave(turn: Turn) -> None:
        turn.writer.write(head.encode() + raw)
        await turn.writer.drain()

    return behave


def say_and_close(raw: bytes) -> Behaviour:
    """Return a behaviour that writes *raw*, whatever it is, and closes."""

    async def behave(turn: Turn) -> None:
        turn.writer.write(raw)
        await turn.writer.drain()
        turn.writer.close()

    return behave


async def reset(turn: Turn) -> None:
    """Break the connection off, with the request read and no answer."""
    turn.writer.transport.abort()


async def silence(turn: Turn) -> None:
    """Read the request and never answer."""
    await turn.closing.wait()


async def drip(turn: Turn) -> None:
    """Send a body without end, one byte at a time: no pause is long enough for a read time-out."""
    turn.writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n")
    while not turn.closing.is_set() and not turn.writer.is_closing():
        turn.writer.write(b"1\r\n \r\n")
        with suppress(TimeoutError):
            await asyncio.wait_for(turn.closing.wait(), 0.02)
