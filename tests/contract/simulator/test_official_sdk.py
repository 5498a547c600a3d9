"""Whether google-genai understands what the simulator serves."""

from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import types
from pydantic import BaseModel

from tests.support.live_simulator import PROMPT, RESEARCHER, LiveSimulator

RESEARCH: Any = {"agent": RESEARCHER, "input": PROMPT, "background": True}


@pytest.fixture
def client(sim: LiveSimulator) -> Iterator[genai.Client]:
    options = types.HttpOptions(base_url=sim.url, retry_options=types.HttpRetryOptions(attempts=1))
    client = genai.Client(api_key="a-key", http_options=options)
    yield client
    client.close()


def test_a_background_research_is_created_polled_and_read(sim: LiveSimulator, client: genai.Client) -> None:
    created = client.interactions.create(**RESEARCH, labels={"job": "1"})
    assert created.status == "in_progress"
    sim.advance(1300)
    done = client.interactions.get(created.id)
    assert done.status == "completed"
    assert done.output_text
    assert "simulated" in done.output_text
    assert done.usage is not None
    assert done.usage.total_tokens
    assert done.labels == {"job": "1"}
    assert "Unknown" not in {type(step).__name__[:7] for step in done.steps or []}


def test_the_sdks_own_text_is_the_end_of_the_whole_report(sim: LiveSimulator, client: genai.Client) -> None:
    created = client.interactions.create(**RESEARCH)
    sim.advance(1300)
    last = sim.read(created.id)["steps"][-1]["content"][0]["text"]
    assert client.interactions.get(created.id).output_text == last


def test_a_background_research_is_cancelled(client: genai.Client) -> None:
    created = client.interactions.create(**RESEARCH)
    assert client.interactions.cancel(created.id).status == "cancelled"
    assert client.interactions.get(created.id).status == "cancelled"


def test_a_foreground_model_answers(client: genai.Client) -> None:
    answer = client.interactions.create(model="gemini-2.5-flash", input="What is tidal energy?")
    assert "tidal energy" in (answer.output_text or "")


def test_an_interaction_is_deleted(sim: LiveSimulator, client: genai.Client) -> None:
    created = client.interactions.create(**RESEARCH)
    client.interactions.delete(created.id)
    assert sim.get(created.id).status_code == 404


@pytest.mark.parametrize(("fields", "status"), [({"background": False}, 400), ({"agent": "gemini-2.5-pro"}, 400)])
def test_a_refusal_raises_with_its_status(client: genai.Client, fields: dict[str, Any], status: int) -> None:
    with pytest.raises(Exception, match=r"Error code|400|agent") as refused:
        client.interactions.create(**(RESEARCH | fields))
    assert getattr(refused.value, "status_code", None) == status


def test_a_failure_is_typed(sim: LiveSimulator, client: genai.Client) -> None:
    sim.life(run_seconds=0, ending="failed", error_code="safety")
    created = client.interactions.create(**RESEARCH)
    failed = client.interactions.get(created.id)
    assert failed.status == "failed"
    assert failed.errors
    assert failed.errors[0].code == "safety"


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


@pytest.mark.parametrize(
    "ending", ["completed", "failed", "incomplete", "budget_exceeded", "requires_action", "cancelled", "stuck"]
)
def test_the_sdk_knows_every_part_of_every_ending(sim: LiveSimulator, client: genai.Client, ending: str) -> None:
    sim.life(run_seconds=60, ending=ending)
    created = client.interactions.create(**RESEARCH)
    sim.advance(61)
    seen = client.interactions.get(created.id)
    assert seen.status == ("in_progress" if ending == "stuck" else ending)
    assert set(unknown_parts(seen)) <= {"object"}


def test_the_sdk_repeats_a_create_whose_answer_was_an_error_and_the_ledger_shows_it(sim: LiveSimulator) -> None:
    sim.script({"fault": {"kind": "accept_then_status", "status": 503}, "times": 1})
    options = types.HttpOptions(base_url=sim.url)
    with genai.Client(api_key="a-key", http_options=options) as eager:
        eager.interactions.create(**RESEARCH)
    assert [entry["accepted"] for entry in sim.entries("create")] == [True, True]


def test_an_unknown_status_passes_through(sim: LiveSimulator, client: genai.Client) -> None:
    sim.life(run_seconds=0, ending="weird_status", unknown_status="on_holiday")
    assert client.interactions.get(client.interactions.create(**RESEARCH).id).status == "on_holiday"
