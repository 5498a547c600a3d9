"""What went over the wire? A proxy on loopback that hands everything on as it comes and keeps a copy."""

import http.client
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}
_PIECE = 65536


@dataclass(slots=True)
class Exchange:
    """One call and its answer; *answer* grows as it comes, and *whole* tells whether it ended by itself."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""
    whole: bool = False

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def content_type(self) -> str:
        return self.answer_headers.get("content-type", "").partition(";")[0]


class Wire:
    """A proxy in front of one endpoint."""

    def __init__(self, target: str) -> None:
        self.exchanges: list[Exchange] = []
        self.host = urlsplit(target).netloc
        wire = self

        class Handler(_Handler):
            def handle_one(self) -> None:
                wire.hand_on(self)

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def hand_on(self, handler: "_Handler") -> None:
        """Send the call on, and its answer back."""
        body = handler.rfile.read(int(handler.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        exchange = Exchange(handler.command, handler.path, headers, body)
        self.exchanges.append(exchange)
        connection = http.client.HTTPConnection(self.host, timeout=120)
        try:
            answer = _asked(connection, exchange)
            _answered(handler, exchange, answer)
        except (OSError, http.client.HTTPException):
            handler.hang_up()
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away, as SDKs do in the middle of a stream."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one(self) -> None:
        raise NotImplementedError

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.handle_one
        raise AttributeError(name)

    def hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _asked(connection: http.client.HTTPConnection, exchange: Exchange) -> http.client.HTTPResponse:
    connection.putrequest(exchange.method, exchange.target, skip_host=True, skip_accept_encoding=True)
    for name, value in exchange.headers.items():
        if name not in _HOP_BY_HOP:
            connection.putheader(name, value)
    connection.endheaders(exchange.body or None)
    return connection.getresponse()


def _answered(handler: _Handler, exchange: Exchange, answer: http.client.HTTPResponse) -> None:
    exchange.status = answer.status
    exchange.answer_headers = {name.lower(): value for name, value in answer.getheaders()}
    handler.send_response_only(answer.status)
    for name, value in answer.getheaders():
        if name.lower() not in _HOP_BY_HOP:
            handler.send_header(name, value)
    chunked = answer.length is None
    handler.send_header(*("Transfer-Encoding", "chunked") if chunked else ("Connection", "keep-alive"))
    handler.end_headers()
    while piece := answer.read1(_PIECE):
        exchange.answer += piece
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
    if chunked:
        handler.wfile.write(b"0\r\n\r\n")
    exchange.whole = True


@contextmanager
def wire_to(target: str) -> Iterator[Wire]:
    """Yield a recording proxy in front of the endpoint at *target*."""
    wire = Wire(target)
    thread = threading.Thread(target=wire.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.server.shutdown()
        wire.server.server_close()
        thread.join(10)
