"""A door that no other test sees, over a simulator of this test process."""

from collections.abc import AsyncIterator, Iterator

import pytest

from simulator.config import SimulatorConfig
from tests.support.door import Doorway, doorway
from tests.support.live_simulator import LiveSimulator, simulator_running


@pytest.fixture(scope="session")
def simulator() -> Iterator[LiveSimulator]:
    """A simulator of this test process, much faster than life."""
    with simulator_running(SimulatorConfig(speed=200)) as live:
        yield live


@pytest.fixture
def upstream(simulator: LiveSimulator) -> LiveSimulator:
    """A simulator that has seen nothing yet."""
    simulator.reset()
    return simulator


@pytest.fixture
async def door(database_url: str, upstream: LiveSimulator) -> AsyncIterator[Doorway]:
    """A door; for `@pytest.mark.anyio` tests."""
    async with doorway(database_url, upstream) as door:
        yield door
