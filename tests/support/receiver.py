"""A webhook receiver on loopback: answers as scripted, keeps a ledger of what came, verifies signatures."""

import json
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True, slots=True)
class Answer:
    """One scripted answer; with `hold` the receiver stays silent until it is stopped."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hold: bool = False
    hold_body: bool = False
    endless_body: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came; `verified` is None when the receiver knows no secret."""

    path: str
    headers: dict[str, str]
    body: bytes
    verified: bool | None
    status: int

    @property
    def webhook_id(self) -> str:
        """Return the id that all attempts of one event share."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Receiver:
    """Answers with `script` in order, then with `otherwise`; a context manager.

    `ledger` holds every request in the order of arrival, written before it is answered.
    """

    def __init__(self, *, script: Sequence[Answer] = (), otherwise: Answer | None = None, secret: str = "") -> None:
        self.ledger: list[Received] = []
        self.body_bytes_sent = 0
        self.stopped = threading.Event()
        self._script = deque(script)
        self._otherwise = otherwise or Answer()
        self._secret = secret
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.receiver = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Return an address for `webhook_url`."""
        return f"http://127.0.0.1:{self.port}/hook"

    def then(self, *answers: Answer) -> None:
        """Add *answers* to the script."""
        self._script.extend(answers)

    def wait_for(self, count: int, *, within: float = 10.0) -> list[Received]:
        """Return the ledger once it holds *count* requests; raise AssertionError after *within* seconds."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.ledger) >= count, timeout=within)
            assert arrived, f"{len(self.ledger)} of {count} webhooks within {within} s"
            return list(self.ledger)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Enter a request in the ledger and return the answer to give."""
        with self._changed:
            answer = self._script.popleft() if self._script else self._otherwise
            self.ledger.append(Received(path, headers, body, self._verified(headers, body), answer.status))
            self._changed.notify_all()
            return answer

    def _verified(self, headers: dict[str, str], body: bytes) -> bool | None:
        if not self._secret:
            return None
        try:
            Webhook(self._secret).verify(body, headers)
        except WebhookVerificationError:
            return False
        return True


class _Server(ThreadingHTTPServer):
    receiver: Receiver
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def handle_error(self, *_: object) -> None:
        """Stay quiet: senders that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._give(self.server.receiver.take(self.path, headers, body))

    def _give(self, answer: Answer) -> None:
        if answer.hold:
            self.server.receiver.stopped.wait()
            return
        self._send_head(answer)
        self._send_body(answer)

    def _send_head(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.endless_body or answer.hold_body:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def _send_body(self, answer: Answer) -> None:
        self._write(answer.body)
        while answer.endless_body and not self.server.receiver.stopped.is_set():
            self._write(b"x" * 65536)
        if answer.hold_body:
            self.server.receiver.stopped.wait()

    def _write(self, data: bytes) -> None:
        self.wfile.write(data)
        self.server.receiver.body_bytes_sent += len(data)

    def log_message(self, *_: object) -> None:
        """Say nothing; the ledger tells."""
