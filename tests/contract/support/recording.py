"""What does each official SDK send for each operation?"""

import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.contract.support import media, shapes
from tests.contract.support.clients import Client
from tests.contract.support.endpoints import Endpoint
from tests.contract.support.sdks import Sdk, running
from tests.contract.support.wire import Exchange, wire_to
from tests.support.live_simulator import LiveSimulator

RECORDED = Path(__file__).parents[1] / "recorded"
KEPT = {"accept", "content-type", "user-agent", "api-revision"}
KEPT_FAMILIES = ("x-goog-", "x-stainless-")
ASKED = "What is the depth of the water in Grimsby?"
TOOL = {
    "type": "function",
    "name": "sound_depth",
    "description": "Measures the depth of the water.",
    "parameters": {"type": "object", "properties": {"harbour": {"type": "string"}}, "required": ["harbour"]},
}
SCHEMA = {"type": "object", "properties": {"masts": {"type": "integer"}}, "required": ["masts"]}
AGENT = "deep-research-preview-04-2026"
MODEL = "gemini-2.5-flash"


def operations(client: Client, folder: Path) -> dict[str, Any]:
    """Return every operation as a call that makes the SDK send it."""
    picture = folder / "lightship.png"
    picture.write_bytes(media.png(9, 5))
    research: dict[str, Any] = {
        "agent": "deep-research-preview-04-2026",
        "input": "Report on eelgrass.",
        "background": True,
    }
    research |= {"agent_config": {"type": "deep-research", "thinking_summaries": "auto"}}
    part = {"type": "image", "mime_type": "image/png", "data": base64.b64encode(media.png(9, 5)).decode()}
    structured: Any = shapes.json_format(client, SCHEMA)
    return {
        "create": lambda: client.create(**research),
        "create_model": lambda: client.create(model=MODEL, input=ASKED, generation_config={"temperature": 0.5}),
        "create_parts": lambda: client.create(model=MODEL, input=[{"type": "text", "text": "What is it?"}, part]),
        "create_history": lambda: client.create(model=MODEL, input=shapes.history(client, ("user", ASKED))),
        "create_structured": lambda: client.create(model=MODEL, input=ASKED, **structured),
        "create_with_function": lambda: client.create(model=MODEL, input=ASKED, tools=[TOOL]),
        "go_on": lambda: client.create(model=MODEL, input=ASKED, previous_interaction_id="INTERACTION_ID"),
        "stream": lambda: client.stream(model=MODEL, input=ASKED),
        "get": lambda: client.get("INTERACTION_ID"),
        "follow": lambda: client.follow("INTERACTION_ID"),
        "resume": lambda: client.follow("INTERACTION_ID", last_event_id="EVENT_ID"),
        "cancel": lambda: client.cancel("INTERACTION_ID"),
        "delete": lambda: client.delete("INTERACTION_ID"),
        "upload": lambda: client.upload(picture, "image/png"),
        "file": lambda: client.file("files/FILE_ID"),
        "files": client.files,
        "forget_file": lambda: client.forget_file("files/FILE_ID"),
    }


class _Stub(BaseHTTPRequestHandler):
    """Answers each call with as little as the SDKs can live with."""

    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        streams = "stream=true" in self.path or b'"stream":true' in body.replace(b" ", b"")
        content = b"event: done\ndata: [DONE]\n\n" if streams else json.dumps(self.document()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if streams else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Goog-Upload-URL", f"http://{self.headers['host']}/upload/UPLOAD_ID")
        self.send_header("X-Goog-Upload-Status", "final")
        self.end_headers()
        self.wfile.write(content)

    def document(self) -> Any:
        file = {"name": "files/FILE_ID", "state": "ACTIVE"}
        if self.path.startswith("/upload"):
            return {"file": file}
        if "/files" in self.path:
            return {} if self.command == "DELETE" else file if "FILE_ID" in self.path else {"files": [file]}
        return {} if self.command == "DELETE" else {"id": "INTERACTION_ID", "status": "completed"}

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def stub() -> Iterator[str]:
    """Yield the URL of a stub that answers anything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def sent(exchange: Exchange) -> dict[str, Any]:
    """Return what was sent, without what belongs to this machine."""
    kept = [name for name in sorted(exchange.headers) if name in KEPT or name.startswith(KEPT_FAMILIES)]
    headers = {name: exchange.headers[name] for name in kept}
    headers |= {"x-goog-api-key": "KEY"} if "x-goog-api-key" in headers else {}
    body = json.loads(exchange.body) if exchange.body.startswith(b"{") else exchange.body.hex() or None
    return {"method": exchange.method, "target": exchange.target, "headers": headers, "body": body}


def recording(sdk: Sdk) -> dict[str, Any]:
    """Return the requests of every operation of one SDK."""
    found = {}
    with stub() as url, wire_to(url) as wire, running(sdk) as process, tempfile.TemporaryDirectory() as folder:
        client = Client(process, Endpoint("stub", url, "KEY", LiveSimulator(url)), wire)
        for name, call in operations(client, Path(folder)).items():
            wire.exchanges.clear()
            call()
            found[name] = [sent(exchange) for exchange in wire.exchanges]
    return found
