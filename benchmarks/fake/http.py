"""How does it answer so cheaply? An HTTP/1.1 server that knows four paths and reads only what it must."""

import asyncio
import json
import re
import time
from dataclasses import asdict
from typing import Any

from benchmarks.fake.answers import interaction
from benchmarks.fake.life import Plan, World

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CREATED = re.compile(rb"bench-(\d+)")
_READ = re.compile(rb"/interactions/run-(\d+)")
_HELD_BACK = re.compile(rb"/hook\?seconds=([\d.]+)")


class Upstream:
    """The one world that all connections share."""

    def __init__(self) -> None:
        self.world = World()

    def answer(self, line: bytes, body: bytes) -> tuple[float, bytes]:
        """Return how many seconds to wait, and what to say then."""
        now = time.monotonic()
        if line.startswith(b"GET /v1"):
            return self._read(line, now)
        if line.startswith(b"POST /hook"):
            return self._hear(line, body, now)
        if line.startswith(b"POST /v1"):
            return 0.0, self._create(body, now)
        return 0.0, self._administer(line, body)

    def _read(self, line: bytes, now: float) -> tuple[float, bytes]:
        found = _READ.search(line)
        if found is None:
            return 0.0, _reply(404, b"{}")
        number = int(found[1])
        over = self.world.poll(number, now=now)
        return self.world.delay(), _reply(200, interaction(number, over=over))

    def _create(self, body: bytes, now: float) -> bytes:
        found = _CREATED.search(body)
        if found is None:
            return _reply(400, b"{}")
        self.world.create(int(found[1]), now=now)
        return _reply(200, interaction(int(found[1]), over=False))

    def _hear(self, line: bytes, body: bytes, now: float) -> tuple[float, bytes]:
        found, slow = _CREATED.search(body), _HELD_BACK.search(line)
        self.world.hear(int(found[1]) if found else -1, now=now)
        return float(slow[1]) if slow else 0.0, _reply(204, b"")

    def _administer(self, line: bytes, body: bytes) -> bytes:
        if line.startswith(b"POST /plan"):
            self.world = World.planned(Plan(**json.loads(body)))
            return _reply(200, json.dumps(asdict(self.world.plan)).encode())
        if line.startswith(b"GET /tally"):
            return _reply(200, json.dumps(self.world.tally()).encode())
        if line.startswith(b"GET /counts"):
            return _reply(200, json.dumps([self.world.creates, self.world.polls, self.world.webhooks]).encode())
        return _reply(404, b"{}")


def _reply(status: int, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One connection: whole requests in, answers out in their order."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._seen = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._seen += data
        while (request := self._next()) is not None:
            wait, answer = self._upstream.answer(*request)
            if wait:
                asyncio.get_running_loop().call_later(wait, self._say, answer)
            else:
                self._say(answer)

    def _next(self) -> tuple[bytes, bytes] | None:
        head, separator, rest = self._seen.partition(b"\r\n\r\n")
        if not separator:
            return None
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if len(rest) < length:
            return None
        self._seen = rest[length:]
        return head[: head.find(b"\r\n")], rest[:length]

    def _say(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)
