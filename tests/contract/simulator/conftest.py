"""One simulator on a socket for all tests of a process, emptied before each."""

from collections.abc import Iterator

import pytest

from tests.support.live_simulator import LiveSimulator, simulator_running


@pytest.fixture(scope="session")
def shared_simulator() -> Iterator[LiveSimulator]:
    with simulator_running() as live:
        yield live


@pytest.fixture
def sim(shared_simulator: LiveSimulator) -> LiveSimulator:
    shared_simulator.reset()
    return shared_simulator
