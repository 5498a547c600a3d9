"""What the contract tests share. Those that need the environments of `make contract` are only collected by it."""

import os
from collections.abc import Iterator

import pytest

from tests.contract.support.clients import Client
from tests.contract.support.endpoints import Door, Endpoint, Simulators, door, simulators
from tests.contract.support.judging import misfits
from tests.contract.support.sdks import SDKS, SdkProcess, running
from tests.contract.support.wire import wire_to

collect_ignore = [] if "CONTRACT" in os.environ else ["sdk", "guide/samples", "ours", "schemas"]


@pytest.fixture(scope="session")
def shared_simulators() -> Iterator[Simulators]:
    with simulators() as live:
        yield live


@pytest.fixture(scope="session")
def shared_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door | None]:
    with door(tmp_path_factory.mktemp("door")) as live:
        yield live


@pytest.fixture(scope="session", params=SDKS, ids=lambda sdk: sdk.name)
def sdk(request: pytest.FixtureRequest) -> Iterator[SdkProcess]:
    """Each official SDK in turn, in a process of its own environment."""
    with running(request.param) as process:
        yield process


@pytest.fixture(params=["simulator", "door"])
def endpoint(request: pytest.FixtureRequest, sdk: SdkProcess) -> Endpoint:
    """The simulator and the door in turn, each with an empty simulator at its end."""
    live: Simulators | Door | None = request.getfixturevalue(
        f"shared_{request.param}s" if request.param == "simulator" else "shared_door"
    )
    if live is None:
        pytest.skip("the api has no Interactions routes yet")
    found = live.endpoint(sdk.sdk)
    found.simulator.reset()
    return found


@pytest.fixture
def client(sdk: SdkProcess, endpoint: Endpoint) -> Iterator[Client]:
    """The SDK at the endpoint; afterwards, every body and event that came must fit its own models."""
    with wire_to(endpoint.url) as wire:
        client = Client(sdk, endpoint, wire)
        yield client
        assert not (found := misfits(sdk, wire.exchanges)), "\n".join(found)
