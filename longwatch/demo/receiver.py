"""Who hears that the job is done? A receiver such as a user would write: it verifies, then says yes."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

_LOOPBACK = "127.0.0.1"
_LARGEST_BODY = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One webhook as it came."""

    headers: dict[str, str]
    body: bytes
    verified: bool

    @property
    def event(self) -> dict[str, Any]:
        """The body, read."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Receiver:
    """Gives what arrives to the loop that made it."""

    def __init__(self, secret: str) -> None:
        self._webhook = Webhook(secret)
        self._loop = asyncio.get_running_loop()
        self._arrived: asyncio.Queue[Received] = asyncio.Queue()
        self.server = _Server((_LOOPBACK, 0), _Handler)
        self.server.receiver = self

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{_LOOPBACK}:{self.server.server_port}/webhook"

    async def next(self) -> Received:
        """Return the next webhook, once there is one."""
        return await self._arrived.get()

    def take(self, headers: dict[str, str], body: bytes) -> bool:
        """Keep a webhook; return whether its signature is ours."""
        received = Received(headers=headers, body=body, verified=self._verifies(headers, body))
        self._loop.call_soon_threadsafe(self._arrived.put_nowait, received)
        return received.verified

    def _verifies(self, headers: dict[str, str], body: bytes) -> bool:
        try:
            self._webhook.verify(body, headers)
        except WebhookVerificationError:
            return False
        return True


class _Server(ThreadingHTTPServer):
    receiver: Receiver
    daemon_threads = True
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Verify what comes; what is not signed by us is refused."""
        length = min(int(self.headers.get("content-length", "0")), _LARGEST_BODY)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(204 if self.server.receiver.take(headers, body) else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing: the demo shows what came."""


@contextmanager
def receiving(secret: str) -> Iterator[Receiver]:
    """Listen on a free port of the loopback address for the block."""
    receiver = Receiver(secret)
    thread = threading.Thread(target=receiver.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join()
