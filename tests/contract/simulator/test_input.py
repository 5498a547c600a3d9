"""How what the user said comes back, and what no input can do."""

import base64
import json
import random
from dataclasses import replace
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator import validation
from simulator.config import SimulatorConfig
from simulator.exchange import exchange
from simulator.media.drawing import drawn
from simulator.service import Call
from simulator.world import World
from tests.support.live_simulator import LiveSimulator

TEXT = {"type": "text", "text": "green tea"}
PNG = base64.b64encode(drawn((4, 4), random.Random(1))).decode()
IMAGE = {"type": "image", "data": PNG, "mime_type": "image/png"}
SAID = {"type": "user_input", "content": [TEXT]}
ANSWERED = {"type": "model_output", "content": [{"type": "text", "text": "yes"}]}

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from([*validation.FIELDS, "odd"])


def steps_of(sim: LiveSimulator, given_input: Any) -> list[Any]:
    started = sim.post({"agent": "an-agent", "background": True, "input": given_input}).raise_for_status().json()["id"]
    return list(sim.read(started)["steps"])


@pytest.mark.parametrize(
    ("given_input", "steps"),
    [
        ("green tea", [SAID]),
        (TEXT, [SAID]),
        ([TEXT], [SAID]),
        ([TEXT, IMAGE], [{"type": "user_input", "content": [TEXT, IMAGE]}]),
        ([SAID], [SAID]),
        ([{"type": "user_input", "content": "green tea"}], [SAID]),
        ([SAID, ANSWERED, SAID], [SAID, ANSWERED, SAID]),
        ([{"role": "user", "content": "green tea"}], []),
        ([], []),
    ],
)
def test_every_form_of_input_comes_back_as_steps(sim: LiveSimulator, given_input: Any, steps: list[Any]) -> None:
    assert steps_of(sim, given_input) == steps


def test_the_report_is_about_the_text_of_wrapped_content(sim: LiveSimulator) -> None:
    answer = sim.post({"model": "gemini-2.5-flash", "input": [SAID]})
    assert "green tea" in answer.text


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_know_are_refused(sim: LiveSimulator, constant: str) -> None:
    config = '{"temperature":' + constant + "}"
    body = '{"model":"gemini-2.5-flash","input":"x","generation_config":' + config + "}"
    assert sim.http.post("/v1/interactions", content=body).status_code == 400


@given(st.dictionaries(FIELDS, ANYTHING) | ANYTHING)
@settings(max_examples=200, deadline=None)
def test_no_body_is_beyond_the_simulator(body: Any) -> None:
    answer = exchange(World(SimulatorConfig()), Call(op="create", key="k", body=body))
    assert answer.status_code in {200, 400, 404, 501}


@given(ANYTHING, ANYTHING)
@settings(max_examples=200, deadline=None)
def test_no_input_that_is_accepted_breaks_a_later_read(given_input: Any, config: Any) -> None:
    world = World(SimulatorConfig())
    body = {"agent": "an-agent", "background": True, "input": given_input, "agent_config": config}
    if exchange(world, Call(op="create", key="k", body=body)).status_code == 200:
        world.advance(2000)
        call = Call(op="get", key="k", id=world.shelf.all()[0].id, query={"include_input": "true"})
        assert json.loads(bytes(exchange(world, call).body))["input"] == given_input
        assert exchange(world, replace(call, revision="legacy")).status_code == 200


@given(st.integers(1, 400))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_deep_input_is_answered_somehow(sim: LiveSimulator, depth: int) -> None:
    nested = json.loads('{"type":"user_input","content":[' * depth + "]}" * depth)
    assert sim.post({"model": "gemini-2.5-flash", "input": [nested]}).status_code in {200, 400}


def test_a_long_prompt_is_no_trouble(sim: LiveSimulator) -> None:
    prompt = "The economy of Norway and its fisheries. " * 5_000
    assert (
        sim.http.post(
            "/v1/interactions", json={"model": "gemini-2.5-flash", "input": prompt}, timeout=httpx.Timeout(20)
        ).json()["status"]
        == "completed"
    )


def test_validation_does_not_change_what_it_is_given() -> None:
    body = {"agent": "an-agent", "background": True, "input": [TEXT], "labels": {"a": "b"}}
    before = json.dumps(body)
    validation.validate(body)
    assert json.dumps(body) == before
