"""Does `python -m worker.follow` read on where a killed one stopped, and leave at SIGTERM?"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator.config import SimulatorConfig
from tests.support.door import Doorway, doorway, working
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.waiting import eventually, eventually_async

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def upstream() -> Iterator[LiveSimulator]:
    """A simulator of these tests."""
    with simulator_running(SimulatorConfig(speed=20)) as live:
        yield live


@pytest.fixture
async def door(database_url: str, upstream: LiveSimulator) -> AsyncIterator[Doorway]:
    """A door over it."""
    upstream.reset()
    async with doorway(database_url, upstream) as door:
        yield door


@contextmanager
def follower(database_url: str, upstream: LiveSimulator, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the production command, ready."""
    settings = {
        "LONGWATCH_DATABASE_URL": database_url,
        "LONGWATCH_UPSTREAM_URL": upstream.url,
        "LONGWATCH_LEASE": "1",
        "GEMINI_API_KEY": "a-key",
    }
    env = {"PATH": os.environ["PATH"], "HOME": str(log.parent), "LC_ALL": "C.UTF-8", **settings}
    with (
        log.open("ab") as output,
        subprocess.Popen([sys.executable, "-m", "worker.follow"], cwd=ROOT, env=env, stderr=output) as process,
    ):
        try:
            eventually(lambda: "follower ready" in log.read_text(), within=60)
            yield process
        finally:
            process.kill()


async def kept(door: Doorway) -> int:
    return int((await door.home.rows("SELECT count(*) AS kept FROM stream_event"))[0]["kept"])


async def test_killed_in_the_middle_another_reads_on(
    door: Doorway, database_url: str, upstream: LiveSimulator, tmp_path: Path
) -> None:
    upstream.life(run_seconds=200)
    created = await door.create()

    async def ended() -> bool:
        return bool((await door.read(created["id"]))["status"] != "in_progress")

    async def begun() -> bool:
        return await kept(door) > 3

    async with working(door):
        with follower(database_url, upstream, tmp_path / "first.log") as first:
            await door.stream(created["id"], most=2)
            await eventually_async(begun, within=40)
            first.kill()
        with follower(database_url, upstream, tmp_path / "second.log") as second:
            await eventually_async(ended, within=60)
            events = await door.stream(created["id"])
            second.terminate()
            assert second.wait(20) == 0
    rows = await door.home.rows("SELECT count(*) AS all, count(DISTINCT event_id) AS known FROM stream_event")
    assert rows[0]["all"] == rows[0]["known"] > 4
    texts = [event["delta"]["text"] for event in events if event.get("delta", {}).get("type") == "text"]
    document = await door.read(created["id"])
    said = [step for step in document["steps"] if step["type"] == "model_output"]
    assert "".join(texts) == "".join(item["text"] for step in said for item in step["content"] if "text" in item)


def test_without_a_database_it_says_what_is_missing(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    argv = [sys.executable, "-m", "worker.follow"]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert b"LONGWATCH_DATABASE_URL" in done.stderr
