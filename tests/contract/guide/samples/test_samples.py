"""Whether every sample of the guide, restored from it as it stands, achieves what it should."""

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.guide.samples.checks import CHECKS
from tests.contract.support import shapes
from tests.contract.support.endpoints import Endpoint
from tests.contract.support.guide import Sample, samples
from tests.contract.support.judging import misfits
from tests.contract.support.samples import Ran, run_command, run_program, text_said
from tests.contract.support.sdks import NODE_OLD, PYTHON_OLD, Sdk, SdkProcess
from tests.contract.support.wire import Wire, wire_to
from tests.support.waiting import eventually

SERVICE = "https://generativelanguage.googleapis.com"
REMOTE_FOLDERS = (
    "https://github.com/<github-path>",
    "https://github.com/philschmid/gemini-samples/raw/refs/heads/main/assets",
)
RUN_WITH: dict[str, Sdk] = {"Python": PYTHON_OLD, "JavaScript": NODE_OLD, "REST": PYTHON_OLD}
ALL = samples()


def runnable(sample: Sample) -> Any:
    """Return the sample as a test's parameter, beside the SDK it is for."""
    wanted = "curl" if sample.language == "REST" else "true"
    absent = pytest.mark.skipif(shutil.which(wanted) is None, reason=f"{wanted} is not on this machine")
    return pytest.param(RUN_WITH[sample.language], sample, marks=absent, id=f"{sample.section}-{sample.language}")


@pytest.mark.skipif(not ALL, reason="the guide lies beside the project, and is absent here")
@pytest.mark.parametrize(("sdk", "sample"), [runnable(sample) for sample in ALL], indirect=["sdk"])
def test_a_sample_of_the_guide_achieves_what_it_should(
    sdk: SdkProcess, sample: Sample, endpoint: Endpoint, folder: Path, web: str
) -> None:
    with wire_to(endpoint.url) as wire:
        run = run_shell if sample.language == "REST" else run_with_sdk
        said = run(sample, wire, endpoint, folder, web)
        CHECKS[sample.section](Ran(said, folder, wire.exchanges))
        assert not (found := misfits(sdk, wire.exchanges)), "\n".join(found)


def run_with_sdk(sample: Sample, wire: Wire, endpoint: Endpoint, folder: Path, web: str) -> str:
    program = with_remote_folders(sample.program, web)
    if "<YOUR_INTERACTION_ID>" in program:
        program = program.replace("<YOUR_INTERACTION_ID>", earlier(wire, endpoint))
    return run_program(program, RUN_WITH[sample.language], folder, settings(wire, endpoint))


def run_shell(sample: Sample, wire: Wire, endpoint: Endpoint, folder: Path, web: str) -> str:
    said = ""
    for command in sample.commands:
        placed = with_remote_folders(with_placeholders(command, wire, endpoint, folder), web)
        said = run_command(placed.replace(SERVICE, wire.url), folder, settings(wire, endpoint))
    if said.startswith("{") and json.loads(said)["status"] == "in_progress":
        said = poll(wire, endpoint, json.loads(said)["id"])
    keep_pictures(said, folder)
    return said if sample.section == SHOWN_WHOLE else text_said(said)


SHOWN_WHOLE = 4


def settings(wire: Wire, endpoint: Endpoint) -> dict[str, str]:
    return {"GEMINI_API_KEY": endpoint.key, "GOOGLE_GEMINI_BASE_URL": wire.url}


def with_remote_folders(text: str, web: str) -> str:
    for remote in REMOTE_FOLDERS:
        text = text.replace(remote, web)
    return text


def with_placeholders(command: str, wire: Wire, endpoint: Endpoint, folder: Path) -> str:
    """Put what an earlier answer gave where the guide says to."""
    if "<YOUR_INTERACTION_ID>" in command:
        command = command.replace("<YOUR_INTERACTION_ID>", earlier(wire, endpoint))
    if "FILE_URI" in command:
        command = command.replace("FILE_URI", uploaded(wire, endpoint, folder / "cats-and-dogs.jpg"))
    if "INTERACTION_ID" in command or "FUNCTION_CALL_ID" in command:
        answer = json.loads(wire.exchanges[-1].answer)
        calls = shapes.of_type(answer, "function_call")
        command = command.replace("FUNCTION_CALL_ID", calls[0]["id"] if calls else "")
        command = command.replace("INTERACTION_ID", answer["id"])
    return command


def http(wire: Wire, endpoint: Endpoint) -> httpx.Client:
    headers = {"x-goog-api-key": endpoint.key}
    return httpx.Client(base_url=wire.url, headers=headers, trust_env=False, timeout=60)


def earlier(wire: Wire, endpoint: Endpoint) -> str:
    """Return the id of an interaction that was made before the sample; what it took leaves no trace."""
    with http(wire, endpoint) as client:
        made = client.post("/v1beta/interactions", json={"model": "gemini-2.5-flash", "input": "Name a gull."})
    wire.exchanges.clear()
    return str(made.raise_for_status().json()["id"])


def uploaded(wire: Wire, endpoint: Endpoint, file: Path) -> str:
    """Upload the file as the Files API's own page says, and return its URI."""
    content = file.read_bytes()
    start = {"X-Goog-Upload-Protocol": "resumable", "X-Goog-Upload-Command": "start"}
    about = {
        "X-Goog-Upload-Header-Content-Length": str(len(content)),
        "X-Goog-Upload-Header-Content-Type": "image/jpeg",
    }
    with http(wire, endpoint) as client:
        begun = client.post("/upload/v1beta/files", headers=start | about, json={"file": {"display_name": file.name}})
        sending = {"X-Goog-Upload-Offset": "0", "X-Goog-Upload-Command": "upload, finalize"}
        made = client.post(begun.headers["x-goog-upload-url"], headers=sending, content=content).json()["file"]
        eventually(lambda: client.get(f"/v1beta/{made['name']}").json()["state"] == "ACTIVE", within=30)
    return str(made["uri"])


def poll(wire: Wire, endpoint: Endpoint, interaction_id: str) -> str:
    """Read the interaction until it has ended, as the guide's comment says to do."""
    with http(wire, endpoint) as client:

        def ended() -> str:
            said = client.get(f"/v1beta/interactions/{interaction_id}").text
            return "" if "in_progress" in said else said

        return eventually(ended, within=60)


def keep_pictures(said: str, folder: Path) -> None:
    """Write the last picture in an answer where the samples in other languages write theirs."""
    for data in re.findall(r'"data":\s*"([A-Za-z0-9+/=]+)"', said):
        (folder / "generated_city.png").write_bytes(base64.b64decode(data))
