"""Where the contract is kept: the simulator by itself, or the door with the whole installation behind it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from simulator.config import Revision, SimulatorConfig
from tests.contract.support.sdks import Sdk
from tests.support.api import FERNET, KEY
from tests.support.installations import up
from tests.support.live_api import api_process
from tests.support.live_simulator import LiveSimulator, simulator_running

SPEED = 120.0
SIMULATOR_KEY = "a-key"
# Each test makes its own run, however alike two of them are; scripts as old as the guide get what it shows.
_SETTINGS = {
    "LONGWATCH_DEDUPE_SECONDS": "0",
    "LONGWATCH_DEFAULT_REVISION": "legacy",
    "GEMINI_API_KEY": SIMULATOR_KEY,
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Something that speaks the Interactions API, and the simulator at its end."""

    name: str
    url: str
    key: str
    simulator: LiveSimulator


@dataclass(frozen=True, slots=True)
class Simulators:
    """One simulator for each revision that an SDK may expect."""

    by_revision: dict[Revision, LiveSimulator]

    def endpoint(self, sdk: Sdk) -> Endpoint:
        live = self.by_revision[sdk.revision]
        return Endpoint("simulator", live.url, SIMULATOR_KEY, live)


@dataclass(frozen=True, slots=True)
class Door:
    """A running installation whose upstream is the simulator."""

    url: str
    key: str
    simulator: LiveSimulator

    def endpoint(self, _: Sdk) -> Endpoint:
        return Endpoint("door", self.url, self.key, self.simulator)


@contextmanager
def simulators() -> Iterator[Simulators]:
    """Yield a simulator of each revision."""
    with (
        simulator_running(SimulatorConfig(speed=SPEED)) as steps,
        simulator_running(SimulatorConfig(speed=SPEED, default_revision="legacy")) as legacy,
    ):
        yield Simulators({"steps": steps, "legacy": legacy})


@contextmanager
def door(folder: Path) -> Iterator[Door | None]:
    """Yield a running installation, or None while its api has no Interactions routes."""
    with simulator_running(SimulatorConfig(speed=SPEED)) as upstream, _installation(folder, upstream) as running:
        with httpx.Client(base_url=running[0], trust_env=False) as http:
            paths = http.get("/openapi.json").json()["paths"]
        yield Door(*running, upstream) if "/v1/interactions" in paths else None


@contextmanager
def door_alone(database_url: str, folder: Path) -> Iterator[Door]:
    """Yield an api without the processes behind it: it accepts, reads and passes on, and runs no job."""
    with simulator_running(SimulatorConfig(speed=SPEED)) as upstream:
        settings = {
            "LONGWATCH_DATABASE_URL": database_url,
            "LONGWATCH_API_KEY": KEY,
            "LONGWATCH_ENCRYPTION_KEYS": FERNET,
            "LONGWATCH_UPSTREAM_URL": upstream.url,
            "LONGWATCH_DATA_DIR": str(folder),
            "LONGWATCH_DEDUPE_SECONDS": "0",
            "GEMINI_API_KEY": SIMULATOR_KEY,
        }
        with api_process(folder, **settings) as process:
            yield Door(process.url, KEY, upstream)


@contextmanager
def _installation(folder: Path, upstream: LiveSimulator) -> Iterator[tuple[str, str]]:
    with up(folder, "--no-flower", "--upstream", upstream.url, **_SETTINGS) as running:
        yield running.urls["api"], running.api_key
