"""A small MCP server on loopback: streamable HTTP, answers as JSON or as server-sent events."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOOLS = [
    {
        "name": "tide_table",
        "description": "Tells the tides at a harbour.",
        "inputSchema": {
            "type": "object",
            "properties": {"harbour": {"type": "string"}, "days": {"type": "integer", "minimum": 1}},
            "required": ["harbour"],
        },
    },
    {"name": "ferry", "description": "Books a ferry.", "inputSchema": {"type": "object"}},
]


@dataclass(slots=True)
class McpServer:
    """The messages that came, and where to send more."""

    url: str
    messages: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def called(self) -> list[Any]:
        """Return the parameters of every tool call."""
        return [message["params"] for message in self.messages if message["method"] == "tools/call"]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *, as_events: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.as_events = as_events
        self.mcp = McpServer(f"http://127.0.0.1:{self.server_address[1]}/mcp")


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        message = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.mcp.messages.append(message)
        self.server.mcp.headers.append({name.lower(): value for name, value in self.headers.items()})
        if "id" not in message:
            self._answer(202, b"", "text/plain")
            return
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": _result(message)}).encode()
        events = b"event: message\ndata: " + body + b"\n\n"
        kind = "text/event-stream" if self.server.as_events else "application/json"
        self._answer(200, events if self.server.as_events else body, kind)

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("mcp-session-id", "session-1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def mcp_server_running(*, as_events: bool = False) -> Iterator[McpServer]:
    """Serve until the block ends."""
    http = _Server(as_events=as_events)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield http.mcp
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _result(message: dict[str, Any]) -> Any:
    match message["method"]:
        case "initialize":
            return {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "tides"}}
        case "tools/list":
            return {"tools": TOOLS}
        case _:
            where = message["params"]["arguments"].get("harbour")
            return {"content": [{"type": "text", "text": f"High water at {where} is at 07:12."}]}
