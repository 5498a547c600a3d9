"""Whether a research made with one SDK survives the death of every process, and another SDK reads it back."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.contract.support import shapes
from tests.contract.support.clients import Client
from tests.contract.support.endpoints import SIMULATOR_KEY, Endpoint
from tests.contract.support.judging import misfits
from tests.contract.support.sdks import NODE_OLD, PYTHON_NEW, running
from tests.contract.support.wire import wire_to
from tests.support.installations import Up, up
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.waiting import eventually

RESEARCH: Any = {"agent": "deep-research-preview-04-2026", "input": "Report on the Bass Rock.", "background": True}


@pytest.fixture
def upstream() -> Iterator[LiveSimulator]:
    with simulator_running() as live:
        yield live


@pytest.fixture
def installation(tmp_path: Path, upstream: LiveSimulator) -> Iterator[Up]:
    with up(tmp_path, "--no-flower", "--upstream", upstream.url, GEMINI_API_KEY=SIMULATOR_KEY) as live:
        yield live


def killed(installation: Up, part: str) -> None:
    """Kill the part's process, and return once another has taken its place."""
    before = installation.pid_of(part)
    psutil.Process(before).kill()
    eventually(lambda: installation.pid_of(part) != before, within=60)


def serving(installation: Up) -> bool:
    try:
        with installation.api as api:
            return api.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.timeout(300)
def test_a_research_survives_the_death_of_every_process_and_is_read_by_another_sdk(
    installation: Up, upstream: LiveSimulator
) -> None:
    door = Endpoint("door", installation.urls["api"], installation.api_key, upstream)
    with running(PYTHON_NEW) as new, running(NODE_OLD) as old, wire_to(door.url) as wire, wire_to(door.url) as other:
        created = Client(new, door, wire).create(**RESEARCH)
        for part in sorted(installation.run["processes"]):
            killed(installation, part)
        eventually(lambda: serving(installation), within=60)
        upstream.advance(1300)
        reader = Client(old, door, other)
        done = eventually(lambda: ended(reader, created["id"]), within=60)
        assert done["status"] == "completed"
        assert "Bass Rock" in shapes.text(done)
        assert [entry["op"] for entry in upstream.entries("create")] == ["create"]
        assert not (found := misfits(old, other.exchanges)), "\n".join(found)


def ended(reader: Client, interaction_id: str) -> Any:
    found = reader.get(interaction_id)
    return found if found["status"] != "in_progress" else None
