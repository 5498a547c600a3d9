"""Whether samples of our own, on the current SDKs and shapes, achieve what each of them asserts."""

import shutil
from pathlib import Path

import pytest

from tests.contract.support.endpoints import Endpoint
from tests.contract.support.judging import misfits
from tests.contract.support.samples import run_program, run_script
from tests.contract.support.sdks import NODE_NEW, PYTHON_NEW, SdkProcess
from tests.contract.support.wire import wire_to

FOLDER = Path(__file__).parent
PROGRAMS = sorted([*FOLDER.glob("python/*.py"), *FOLDER.glob("javascript/*.mjs")])
ASKING = FOLDER.parent / "programs" / "asking.sh"
SCRIPTS = sorted(FOLDER.glob("rest/*.sh"))


def named(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize(
    ("sdk", "source"),
    [pytest.param(NODE_NEW if path.suffix == ".mjs" else PYTHON_NEW, path, id=named(path)) for path in PROGRAMS],
    indirect=["sdk"],
)
def test_a_program_of_our_own(sdk: SdkProcess, source: Path, endpoint: Endpoint, folder: Path, web: str) -> None:
    with wire_to(endpoint.url) as wire:
        settings = {"GEMINI_API_KEY": endpoint.key, "GOOGLE_GEMINI_BASE_URL": wire.url, "WEB": web}
        run_program(source.read_text(), sdk.sdk, folder, settings)
        assert not (found := misfits(sdk, wire.exchanges)), "\n".join(found)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
@pytest.mark.parametrize(
    ("sdk", "source"), [pytest.param(PYTHON_NEW, path, id=named(path)) for path in SCRIPTS], indirect=["sdk"]
)
def test_a_script_of_our_own(sdk: SdkProcess, source: Path, endpoint: Endpoint, folder: Path, web: str) -> None:
    with wire_to(endpoint.url) as wire:
        settings = {"GEMINI_API_KEY": endpoint.key, "BASE_URL": wire.url, "WEB": web, "ASKING": str(ASKING)}
        run_script(source, folder, settings)
        assert not (found := misfits(sdk, wire.exchanges)), "\n".join(found)
