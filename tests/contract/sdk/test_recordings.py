"""Whether what is replayed in every test run is still what the SDKs send."""

import json
from typing import Any

import pytest

from tests.contract.support.recording import RECORDED, recording
from tests.contract.support.sdks import SDKS, Sdk


@pytest.mark.parametrize("sdk", SDKS, ids=lambda sdk: sdk.name)
def test_the_recording_is_what_the_sdk_sends(sdk: Sdk) -> None:
    kept = json.loads((RECORDED / f"{sdk.name}.json").read_text())
    assert without_runtime(recording(sdk)) == without_runtime(kept)


RUNTIME = {"x-stainless-runtime", "x-stainless-runtime-version", "x-stainless-os", "x-stainless-arch"}


def without_runtime(recorded: Any) -> Any:
    """Return the recording without the versions of the interpreter that made it."""
    return {name: [like(exchange) for exchange in exchanges] for name, exchanges in recorded.items()}


def like(exchange: Any) -> Any:
    headers = {name: value.partition(" ")[0] for name, value in exchange["headers"].items() if name not in RUNTIME}
    return exchange | {"headers": headers}
