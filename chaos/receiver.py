"""Who is told? A receiver that writes down what came before it answers: `python -m chaos.receiver`."""

import argparse
import hashlib
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

MODE = "/__mode"
_OK = 204


class Receiver(ThreadingHTTPServer):
    """Answers every webhook with `status`, which a PUT to /__mode changes; the ledger has a JSON line for each."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, ledger: Path, secret: str) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.status = _OK
        self._webhook = Webhook(secret)
        self._ledger = os.open(ledger, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Write a webhook down; return the status to answer."""
        status = self.status if self._verifies(headers, body) else 401
        line = json.dumps(_line(headers, body) | {"status": status})
        os.write(self._ledger, f"{line}\n".encode())
        return status

    def _verifies(self, headers: dict[str, str], body: bytes) -> bool:
        try:
            self._webhook.verify(body, headers)
        except WebhookVerificationError:
            return False
        return True


def _line(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    event = json.loads(body)
    return {
        "webhook_id": headers.get("webhook-id", ""),
        "job_id": event["data"]["job_id"],
        "sequence": event["data"]["sequence"],
        "type": event["type"],
        "body_sha256": hashlib.sha256(body).hexdigest(),
    }


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_GET(self) -> None:
        """Say that we are there."""
        self._answer(200)

    def do_PUT(self) -> None:
        """Take the status for all webhooks from now on."""
        self.server.status = int(self._body())
        self._answer(_OK)

    def do_POST(self) -> None:
        """Take a webhook."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._answer(self.server.take(headers, self._body()))

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", "0")))

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing; the ledger tells."""


def main() -> None:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(prog="python -m chaos.receiver")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--secret", required=True)
    options = parser.parse_args()
    Receiver(options.port, options.ledger, options.secret).serve_forever()


if __name__ == "__main__":
    main()
