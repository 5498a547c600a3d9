"""How does an answer reach the wire, or fail to?"""

import asyncio
import math
import socket
import struct
from collections.abc import Callable

from fastapi import Response
from starlette.types import Receive, Scope, Send

from simulator.answers import Answer

TRANSPORT = "simulator.transport"
_PIECES = 10


class HangUp(Response):
    """Closes the TCP connection: after *sent* bytes of an announced answer, or before any; RST if *hard*."""

    def __init__(self, *, answer: Answer | None = None, fraction: float = 0, hard: bool = False) -> None:
        super().__init__()
        self._answer = answer
        self._fraction = fraction
        self._hard = hard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by not answering."""
        if self._answer is not None:
            body = self._answer.body
            await _start(self._answer, send)
            part = body[: math.floor(len(body) * self._fraction)]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        close_connection(scope, hard=self._hard)
        await disconnected(receive)


class Late(Response):
    """Sends an answer after a while, in pieces; calls *on_sent* just before the last; stops if the caller leaves."""

    def __init__(self, answer: Answer, *, seconds: float, dribble_seconds: float, on_sent: Callable[[], None]) -> None:
        super().__init__()
        self._answer = answer
        self._seconds = seconds
        self._pause = dribble_seconds / _PIECES
        self._on_sent = on_sent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer slowly; hang up when the server stops first."""
        try:
            await self._send(receive, send)
        except asyncio.CancelledError:
            close_connection(scope, hard=False)
            await disconnected(receive)

    async def _send(self, receive: Receive, send: Send) -> None:
        if await gone(receive, within=self._seconds):
            return
        *early, last = _pieces(self._answer.body) if self._pause else [self._answer.body]
        await _start(self._answer, send)
        for piece in early:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if await gone(receive, within=self._pause):
                return
        self._on_sent()
        await send({"type": "http.response.body", "body": last, "more_body": False})


def whole(answer: Answer) -> Response:
    """Return an answer that is simply sent."""
    return Response(answer.body, answer.status, dict(answer.headers), answer.content_type)


async def gone(receive: Receive, *, within: float) -> bool:
    """Wait for *within* real seconds; return whether the caller left meanwhile."""
    try:
        async with asyncio.timeout(within):
            await disconnected(receive)
    except TimeoutError:
        return False
    return True


async def disconnected(receive: Receive) -> None:
    """Return when the caller has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _pieces(body: bytes) -> list[bytes]:
    size = -(-len(body) // _PIECES) or 1
    return [body[i : i + size] for i in range(0, len(body), size)] or [b""]


async def _start(answer: Answer, send: Send) -> None:
    headers = {"content-type": answer.content_type, "content-length": str(len(answer.body)), **answer.headers}
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})


def close_connection(scope: Scope, *, hard: bool) -> None:
    """Close the TCP connection under a call; with RST if *hard*."""
    transport = scope.get(TRANSPORT)
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionResetError("the simulator hangs up; to see it as a caller would, run it on a socket")
    if hard:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()
