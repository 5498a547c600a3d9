"""A simulator on a real socket, in a thread of the test process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from simulator.app import create_app
from simulator.config import SimulatorConfig
from simulator.serving import SimulatorServer, listener, url_of

RESEARCHER = "deep-research-preview-04-2026"
PROMPT = "Research the history of the Google TPUs with a focus on 2025 and 2026."


class LiveSimulator:
    """Calls one simulator as a runner would, and steers it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(
            base_url=url, headers={"x-goog-api-key": "a-key"}, trust_env=False, timeout=httpx.Timeout(10)
        )

    def post(self, body: Any, **options: Any) -> httpx.Response:
        """Send a create as it is."""
        return self.http.post("/v1beta/interactions", json=body, **options)

    def research(self, prompt: str = PROMPT, **fields: Any) -> httpx.Response:
        """Create a Deep Research run."""
        return self.post({"agent": RESEARCHER, "background": True, "input": prompt, **fields})

    def started(self, prompt: str = PROMPT, **fields: Any) -> str:
        """Create a Deep Research run and return its id."""
        return str(self.research(prompt, **fields).raise_for_status().json()["id"])

    def get(self, interaction_id: str, query: str = "", **options: Any) -> httpx.Response:
        """Read an interaction."""
        return self.http.get(f"/v1beta/interactions/{interaction_id}{query}", **options)

    def read(self, interaction_id: str, query: str = "", **options: Any) -> Any:
        """Read an interaction that must be there, as JSON."""
        return self.get(interaction_id, query, **options).raise_for_status().json()

    def cancel(self, interaction_id: str) -> httpx.Response:
        """Ask for a cancel."""
        return self.http.post(f"/v1beta/interactions/{interaction_id}/cancel")

    def delete(self, interaction_id: str) -> httpx.Response:
        """Delete an interaction."""
        return self.http.delete(f"/v1beta/interactions/{interaction_id}")

    def script(self, *rules: dict[str, Any]) -> None:
        """Replace the script."""
        self.http.post("/__sim/script", json={"rules": list(rules)}).raise_for_status()

    def fault(self, op: str, kind: str, **fields: Any) -> None:
        """Let every call of *op* meet one fault."""
        self.script({"op": op, "fault": {"kind": kind, **fields}})

    def life(self, **fields: Any) -> None:
        """Let every interaction live in one way."""
        self.script({"life": fields})

    def advance(self, seconds: float) -> None:
        """Move the simulated time forward."""
        self.http.post("/__sim/clock", json={"advance_seconds": seconds}).raise_for_status()

    def ledger(self) -> Any:
        """Return the ledger."""
        return self.http.get("/__sim/ledger").raise_for_status().json()

    def entries(self, op: str) -> list[Any]:
        """Return the ledger's entries for one operation."""
        return [entry for entry in self.ledger()["entries"] if entry["op"] == op]

    def reset(self) -> None:
        """Forget everything."""
        self.http.post("/__sim/reset").raise_for_status()


@contextmanager
def simulator_running(config: SimulatorConfig | None = None) -> Iterator[LiveSimulator]:
    """Run a simulator on a free port until the block ends."""
    ready = threading.Event()
    sock = listener(host="127.0.0.1", port=0)
    server = SimulatorServer(create_app(config), on_ready=ready.set)
    thread = threading.Thread(target=server.run, args=([sock],))
    thread.start()
    assert ready.wait(20)
    live = LiveSimulator(url_of(sock))
    try:
        yield live
    finally:
        live.http.close()
        server.should_exit = True
        thread.join(20)
        sock.close()
