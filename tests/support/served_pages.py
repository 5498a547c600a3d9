"""One page on loopback."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    page = (200, b"", "text/plain")


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        status, body, kind = self.server.page
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def page_served(body: bytes, kind: str, *, status: int = 200) -> Iterator[str]:
    """Serve *body* at the address that is given until the block ends."""
    http = _Server(("127.0.0.1", 0), _Handler)
    http.page = (status, body, kind)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}/page"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
