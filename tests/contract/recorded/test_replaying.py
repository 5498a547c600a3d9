"""Whether what four official SDKs were recorded to send is answered as each of them expects."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.support.endpoints import Door, Endpoint, Simulators, door_alone
from tests.contract.support.sdks import SDKS, Sdk
from tests.support.databases import TestServer
from tests.support.sse import frames

RECORDED = {sdk.name: json.loads((Path(__file__).parent / f"{sdk.name}.json").read_text()) for sdk in SDKS}
CREATES = [
    "create_model",
    "create_parts",
    "create_history",
    "create_structured",
    "go_on",
]


class Replay:
    """Sends one SDK's recorded requests, with the ids of this run in the place of those recorded."""

    def __init__(self, sdk: Sdk, endpoint: Endpoint) -> None:
        self.sdk = sdk
        self.requests = RECORDED[sdk.name]
        self.http = httpx.Client(base_url=endpoint.url, trust_env=False, timeout=30)
        self.placed = {"KEY": endpoint.key}

    def __call__(self, operation: str) -> httpx.Response:
        """Send what the SDK sends for *operation*, and return the last answer, which must be good."""
        answer = None
        for request in self.requests[operation]:
            answer = self._sent(request)
            assert answer.status_code == 200, answer.text
            self._note(answer)
        assert answer is not None
        return answer

    def _sent(self, request: Any) -> httpx.Response:
        headers = {name: self._put(value) for name, value in request["headers"].items()}
        body = request["body"]
        content = (
            bytes.fromhex(body) if isinstance(body, str) else self._put(json.dumps(body)).encode() if body else None
        )
        target = self.placed.get(request["target"], self._put(request["target"]))
        return self.http.request(request["method"], target, headers=headers, content=content)

    def _put(self, text: str) -> str:
        for name, value in self.placed.items():
            text = text.replace(name, value)
        return text

    def _note(self, answer: httpx.Response) -> None:
        if url := answer.headers.get("x-goog-upload-url"):
            self.placed["/upload/UPLOAD_ID"] = url
        if not answer.content.startswith(b"{"):
            return
        found = answer.json()
        if "id" in found:
            self.placed["INTERACTION_ID"] = found["id"]
        if "file" in found:
            self.placed["FILE_ID"] = found["file"]["name"].removeprefix("files/")


@pytest.fixture(scope="session")
def door_api(pg_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with pg_server.database() as url, door_alone(url, tmp_path_factory.mktemp("api")) as door:
        yield door


@pytest.fixture(params=["simulator", "door"])
def place(request: pytest.FixtureRequest) -> Simulators | Door:
    name = "shared_simulators" if request.param == "simulator" else "door_api"
    found: Simulators | Door = request.getfixturevalue(name)
    return found


@pytest.fixture(params=SDKS, ids=lambda sdk: sdk.name)
def replay(request: pytest.FixtureRequest, place: Simulators | Door) -> Iterator[Replay]:
    endpoint = place.endpoint(request.param)
    endpoint.simulator.reset()
    replay = Replay(request.param, endpoint)
    yield replay
    replay.http.close()


def events(answer: httpx.Response) -> list[Any]:
    return [json.loads(frame.data) for frame in frames(answer.text) if frame.data != "[DONE]"]


def test_a_background_create_is_answered_at_once(replay: Replay) -> None:
    assert replay("create").json()["status"] == "in_progress"


@pytest.mark.parametrize("operation", CREATES)
def test_a_foreground_create_is_answered_in_its_revision(replay: Replay, operation: str) -> None:
    replay("create_model")
    answer = replay(operation).json()
    assert answer["status"] == "completed"
    assert answer["outputs" if replay.sdk.revision == "legacy" else "steps"]


def test_a_function_is_asked_for(replay: Replay) -> None:
    assert replay("create_with_function").json()["status"] == "requires_action"


def test_a_stream_is_answered_as_one_whatever_is_accepted(replay: Replay) -> None:
    answer = replay("stream")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.rstrip().endswith("data: [DONE]")


@pytest.mark.parametrize("operation", ["get", "cancel"])
def test_an_interaction_is_read_and_cancelled(replay: Replay, operation: str) -> None:
    created = replay("create").json()
    assert replay(operation).json()["id"] == created["id"]


def test_an_interaction_is_deleted(replay: Replay) -> None:
    replay("create_model")
    assert replay("delete").json() == {}


def test_a_stream_goes_on_after_the_event_named(replay: Replay) -> None:
    replay("create_model")
    whole = events(replay("follow"))
    at = next(number for number, event in enumerate(whole) if event.get("event_id"))
    replay.placed["EVENT_ID"] = whole[at]["event_id"]
    assert events(replay("resume")) == whole[at + 1 :]


def test_a_file_is_uploaded_read_listed_and_forgotten(replay: Replay) -> None:
    uploaded = replay("upload").json()["file"]
    assert replay("file").json()["name"] == uploaded["name"]
    assert uploaded["name"] in [file["name"] for file in replay("files").json()["files"]]
    assert replay("forget_file").json() == {}
