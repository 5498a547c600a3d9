"""Whether the service's own tools leave their calls and results, and an answer that uses them."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.contract.support import shapes
from tests.contract.support.clients import Client

MODEL = "gemini-2.5-flash"


def test_a_search_is_made_for_what_was_asked(client: Client) -> None:
    answer = client.create(
        model=MODEL, input="When was the Eddystone lighthouse built?", tools=[{"type": "google_search"}]
    )
    (call,) = shapes.of_type(answer, "google_search_call")
    assert "Eddystone" in " ".join(call["arguments"]["queries"])
    (result,) = shapes.of_type(answer, "google_search_result")
    assert result["call_id"] == call["id"]
    assert "Eddystone" in shapes.text(answer)


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("Calculate 3917 * 28 + 5.", "109681"),
        ("Calculate the 31st Fibonacci number.", "1346269"),
        ("What is the factorial of 14?", "87178291200"),
        ("Calculate the sum of the first 40 prime numbers.", "3087"),
    ],
)
def test_code_is_really_computed(client: Client, question: str, figure: str) -> None:
    answer = client.create(model=MODEL, input=question, tools=[{"type": "code_execution"}])
    (call,) = shapes.of_type(answer, "code_execution_call")
    (result,) = shapes.of_type(answer, "code_execution_result")
    assert call["arguments"]["code"]
    assert result["call_id"] == call["id"]
    assert figure in result["result"]
    assert figure in shapes.text(answer).replace(",", "")


def test_a_page_is_read(client: Client) -> None:
    page = "https://example.org/harbour-master"
    answer = client.create(model=MODEL, input=f"Summarize {page}", tools=[{"type": "url_context"}])
    (call,) = shapes.of_type(answer, "url_context_call")
    assert call["arguments"]["urls"] == [page]
    (result,) = shapes.of_type(answer, "url_context_result")
    assert result["call_id"] == call["id"]
    assert result["result"][0]["url"] == page
    assert shapes.text(answer)


def test_a_file_store_is_searched(client: Client) -> None:
    tool = {"type": "file_search", "file_search_store_names": ["fileSearchStores/logbooks"]}
    answer = client.create(model=MODEL, input="Which ship is in the logbook?", tools=[tool])
    assert shapes.of_type(answer, "file_search_result")
    assert shapes.text(answer)


class _McpServer(BaseHTTPRequestHandler):
    """Speaks just enough of the Model Context Protocol to offer one tool."""

    calls: list[Any]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.calls.append(asked)
        answer = self._answers(asked.get("params", {})).get(asked["method"])
        body = json.dumps({"jsonrpc": "2.0", "id": asked.get("id"), "result": answer}).encode()
        self.send_response(202 if answer is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(0 if answer is None else len(body)))
        self.end_headers()
        if answer is not None:
            self.wfile.write(body)

    def _answers(self, given: dict[str, Any]) -> dict[str, Any]:
        schema = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
        tool = {"name": "tide_table", "description": "Tells when the tide is high.", "inputSchema": schema}
        said = f"High tide in {given.get('arguments', {}).get('place')} is at 04:17."
        server = {"name": "tides", "version": "1"}
        begun = {
            "protocolVersion": given.get("protocolVersion", "2025-06-18"),
            "capabilities": {},
            "serverInfo": server,
        }
        return {
            "initialize": begun,
            "tools/list": {"tools": [tool]},
            "tools/call": {"content": [{"type": "text", "text": said}]},
        }

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def mcp() -> Iterator[ThreadingHTTPServer]:
    handler = type("Handler", (_McpServer,), {"calls": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_remote_mcp_server_on_loopback_is_really_called(client: Client, mcp: ThreadingHTTPServer) -> None:
    tool = {"type": "mcp_server", "name": "tides", "url": f"http://127.0.0.1:{mcp.server_port}/mcp"}
    answer = client.create(model=MODEL, input="When is high tide in Whitby?", tools=[tool])
    (call,) = shapes.of_type(answer, "mcp_server_tool_call")
    assert (call["server_name"], call["name"]) == ("tides", "tide_table")
    assert shapes.of_type(answer, "mcp_server_tool_result")
    assert "04:17" in shapes.text(answer)
