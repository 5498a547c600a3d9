"""Whether every feature is written as each revision's models know it, whole and in a stream."""

import base64
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import types
from pydantic import BaseModel

from simulator.media.drawing import drawn
from tests.support.legacy_shapes import legacy_event_faults, legacy_faults
from tests.support.live_simulator import RESEARCHER, LiveSimulator

LEGACY = {"Api-Revision": "2026-05-07"}
PNG = base64.b64encode(drawn((8, 8), random.Random(1))).decode()
TEMPERATURE = {
    "type": "function",
    "name": "lake_temperature",
    "description": "Measures the temperature of a lake.",
    "parameters": {"type": "object", "properties": {"lake": {"type": "string"}}, "required": ["lake"]},
}
FREE_FORM = ("file_search_store", "title", "text")
SCHEMA = {"type": "object", "properties": {"lake": {"type": "string"}}, "required": ["lake"]}


def model(text: str, *tools: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"model": "gemini-2.5-flash", "input": text, **({"tools": list(tools)} if tools else {}), **fields}


def research(**fields: Any) -> dict[str, Any]:
    config = {"type": "deep-research", "thinking_summaries": "auto", **fields}
    return {"agent": RESEARCHER, "background": True, "input": "Study lake Bohinj.", "agent_config": config}


FEATURES: dict[str, dict[str, Any]] = {
    "text": model("Describe lake Bohinj."),
    "thoughts": model("Describe it.", generation_config={"thinking_level": "high", "thinking_summaries": "auto"}),
    "incomplete": model("Describe it.", generation_config={"max_output_tokens": 3}),
    "function": model("Which temperature has lake Bohinj?", TEMPERATURE),
    "search": model("Where is lake Bohinj?", {"type": "google_search"}),
    "code": model("Calculate 3 * 14", {"type": "code_execution"}),
    "page": model("Read https://lake.example.org/", {"type": "url_context"}),
    "stores": model("Find lakes.", {"type": "file_search", "file_search_store_names": ["fileSearchStores/lakes"]}),
    "mcp": model("Ask it.", {"type": "mcp_server", "name": "lakes", "url": "https://mcp.example.org/mcp"}),
    "structure": model("Describe lake Bohinj.", response_format=SCHEMA),
    "structure with search": model("Where is lake Bohinj?", {"type": "google_search"}, response_format=SCHEMA),
    "picture": model("Draw a lake.", response_modalities=["TEXT", "IMAGE"]),
    "sound": model("Play a lake.", response_modalities=["AUDIO"]),
    "seen": {"model": "gemini-2.5-flash", "input": [{"type": "image", "data": PNG, "mime_type": "image/png"}]},
    "research": research(),
    "research with a chart": research(visualization="auto"),
    "plan": research(collaborative_planning=True),
}
CURRENT_ONLY = {
    "maps": model("Where is a boat?", {"type": "google_maps", "enable_widget": True}),
    "retrieval": model("Where is a boat?", {"type": "retrieval", "retrieval_types": ["rag_store"]}),
}


@pytest.fixture
def client(sim: LiveSimulator) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=sim.url, retry_options=types.HttpRetryOptions(attempts=1))
    with genai.Client(api_key="a-key", http_options=options) as client:
        yield client


def unknown_parts(model: Any) -> Iterator[str]:
    """Yield what the SDK could not put into a type or a field of its own."""
    if isinstance(model, list):
        for item in model:
            yield from unknown_parts(item)
    elif isinstance(model, BaseModel):
        if type(model).__name__.startswith("Unknown"):
            yield type(model).__name__
        yield from model.model_extra or {}
        for value in vars(model).values():
            yield from unknown_parts(value)


def revalidated(model: BaseModel) -> BaseModel:
    """Check a model against its own class again, for the SDK does not when it reads."""
    plain = model.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings="error")
    return type(model).model_validate(plain)


def finished(sim: LiveSimulator, body: dict[str, Any], **options: Any) -> str:
    started = str(sim.post(body, **options).raise_for_status().json()["id"])
    sim.advance(1300)
    return started


@pytest.mark.parametrize("feature", [*FEATURES, *CURRENT_ONLY])
def test_the_current_models_know_every_part(sim: LiveSimulator, client: genai.Client, feature: str) -> None:
    seen = client.interactions.get(finished(sim, (FEATURES | CURRENT_ONLY)[feature]))
    assert seen.status in {"completed", "incomplete", "requires_action"}
    assert set(unknown_parts(seen)) <= {"object"}
    assert revalidated(seen)


@pytest.mark.parametrize("feature", [*FEATURES, *CURRENT_ONLY])
def test_the_current_models_know_every_event(sim: LiveSimulator, client: genai.Client, feature: str) -> None:
    stream: Any = client.interactions.get(finished(sim, (FEATURES | CURRENT_ONLY)[feature]), stream=True)
    events = list(stream)
    assert events[-1].event_type == "interaction.completed"
    for event in events:
        assert set(unknown_parts(event)) <= {"object", *FREE_FORM}
        assert revalidated(event)


@pytest.mark.parametrize("feature", FEATURES)
def test_the_legacy_models_know_every_part(sim: LiveSimulator, feature: str) -> None:
    document = sim.read(finished(sim, FEATURES[feature], headers=LEGACY), headers=LEGACY)
    assert document["outputs"]
    assert legacy_faults(document) == []


@pytest.mark.parametrize("feature", FEATURES)
def test_the_legacy_models_know_every_event(sim: LiveSimulator, feature: str) -> None:
    started = finished(sim, FEATURES[feature], headers=LEGACY)
    raw = sim.get(started, "?stream=true", headers=LEGACY).text
    events = [json.loads(line[6:]) for line in raw.splitlines() if line.startswith("data: {")]
    assert events[-1]["event_type"] == "interaction.complete"
    assert [fault for event in events for fault in legacy_event_faults(event)] == []


def test_the_sdk_sends_history_back_as_it_got_it(client: genai.Client) -> None:
    said = {"type": "user_input", "content": [{"type": "text", "text": "Which temperature has lake Bohinj?"}]}
    request: Any = {"model": "gemini-2.5-flash", "input": [said], "tools": [TEMPERATURE]}
    first = client.interactions.create(**request)
    call: Any = (first.steps or [])[-1]
    assert (first.status, call.arguments) == ("requires_action", {"lake": "Bohinj"})
    result = {"type": "function_result", "call_id": call.id, "name": call.name, "result": "21 degrees"}
    history: Any = [said, call.model_dump(exclude_unset=True), result]
    last = client.interactions.create(model="gemini-2.5-flash", input=history, store=False)
    assert "21 degrees" in (last.output_text or "")


def test_the_sdk_finds_picture_sound_and_text_where_it_looks(client: genai.Client) -> None:
    request: Any = FEATURES["picture"]
    drawn_one: Any = client.interactions.create(**request)
    assert drawn_one.output_image.mime_type == "image/png"
    sound: Any = client.interactions.create(**(FEATURES["sound"] | {"model": "lyria-3-clip-preview"}))
    assert sound.output_audio.mime_type == "audio/wav"


def test_structure_with_search_is_found_at_either_end_of_what_the_guide_reads(sim: LiveSimulator) -> None:
    body = FEATURES["structure with search"]
    legacy = sim.post(body, headers=LEGACY).json()["outputs"]
    assert json.loads(legacy[0]["text"])["lake"]
    assert legacy[1]["type"] == "google_search_call"
