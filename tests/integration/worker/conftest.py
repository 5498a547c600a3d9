"""What every story about the worker begins with: a simulated upstream and a house that works on it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator, simulator_running


@pytest.fixture(scope="session")
def simulator() -> Iterator[LiveSimulator]:
    """A simulator of this test process."""
    with simulator_running() as live:
        yield live


@pytest.fixture
def upstream(simulator: LiveSimulator) -> LiveSimulator:
    """A simulator that has seen nothing yet."""
    simulator.reset()
    return simulator


@pytest.fixture
async def home(database_url: str, upstream: LiveSimulator) -> AsyncIterator[House]:
    """A worker's runtime on a database of its own."""
    async with house(database_url, upstream) as home:
        yield home
