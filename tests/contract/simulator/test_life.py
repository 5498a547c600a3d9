"""How scripted lives go, as a caller sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.interaction import Interaction, settled_life
from simulator.life import Life, state_at
from tests.support.live_simulator import LiveSimulator

SECONDS = st.floats(min_value=0, max_value=10_000)
ENDINGS = ["completed", "failed", "incomplete", "budget_exceeded", "requires_action", "cancelled"]


def test_a_run_is_queued_then_in_progress_then_ended(sim: LiveSimulator) -> None:
    sim.life(queued_seconds=60, run_seconds=60)
    started, seen = sim.started(), []
    for _ in range(3):
        seen.append(sim.read(started)["status"])
        sim.advance(61)
    assert seen == ["queued", "in_progress", "completed"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_life_ends_as_scripted_and_stays_ended(sim: LiveSimulator, ending: str) -> None:
    sim.life(run_seconds=10, ending=ending)
    started = sim.started()
    sim.advance(11)
    first = sim.read(started)
    sim.advance(100_000)
    assert sim.read(started) == first
    assert first["status"] == ending


def test_a_stuck_run_never_ends(sim: LiveSimulator) -> None:
    sim.life(run_seconds=10, ending="stuck", thoughts=0)
    started = sim.started()
    sim.advance(7 * 86_400)
    document = sim.read(started)
    assert document["status"] == "in_progress"
    assert [step["type"] for step in document["steps"]] == ["user_input"]


def test_an_unknown_status_may_be_the_last_word(sim: LiveSimulator) -> None:
    sim.life(run_seconds=10, ending="weird_status", unknown_status="on_holiday")
    started = sim.started()
    assert sim.read(started)["status"] == "in_progress"
    sim.advance(5_000)
    assert sim.read(started)["status"] == "on_holiday"


def test_an_unknown_status_may_pass(sim: LiveSimulator) -> None:
    sim.life(run_seconds=10, unknown_status="paused_for_review")
    started = sim.started()
    assert sim.read(started)["status"] == "paused_for_review"
    sim.advance(11)
    assert sim.read(started)["status"] == "completed"


@pytest.mark.parametrize(("errors", "field"), [("list", "errors"), ("error", "error"), (None, None)])
def test_a_failure_tells_its_reason_in_a_list_or_an_object_or_not(
    sim: LiveSimulator, errors: str | None, field: str | None
) -> None:
    sim.life(run_seconds=1, ending="failed", errors=errors, error_code="safety", error_message="blocked")
    started = sim.started()
    sim.advance(2)
    document = sim.read(started)
    detail = {"code": "safety", "message": "blocked"}
    told = {name: document[name] for name in ("errors", "error") if name in document}
    assert told == ({field: [detail] if field == "errors" else detail} if field else {})


def test_a_completed_run_can_be_empty(sim: LiveSimulator) -> None:
    sim.life(run_seconds=1, empty=True)
    started = sim.started()
    sim.advance(2)
    document = sim.read(started)
    assert document["status"] == "completed"
    assert [step["type"] for step in document["steps"]] == ["user_input"]


@pytest.mark.parametrize("ending", ["incomplete", "budget_exceeded"])
def test_a_run_cut_short_has_a_part_of_the_report(sim: LiveSimulator, ending: str) -> None:
    sim.script({"match": {"nth": 1}, "life": {"run_seconds": 1, "ending": ending}}, {"life": {"run_seconds": 1}})
    cut, full = sim.started(), sim.started()
    sim.advance(2)
    part, report = ("".join(_texts(sim, one)) for one in (cut, full))
    assert part
    assert report.startswith(part)
    assert len(part) < len(report)


def _texts(sim: LiveSimulator, started: str) -> list[str]:
    steps = sim.read(started)["steps"]
    return [step["content"][0]["text"] for step in steps if step["type"] == "model_output"]


def test_a_run_that_requires_action_ends_with_a_call(sim: LiveSimulator) -> None:
    sim.life(run_seconds=1, ending="requires_action")
    started = sim.started()
    sim.advance(2)
    call = sim.read(started)["steps"][-1]
    assert (call["type"], call["name"]) == ("function_call", "provide_input")
    assert call["arguments"] == {"question": "Google TPUs"}


def test_usage_can_come_late(sim: LiveSimulator) -> None:
    sim.life(run_seconds=1, usage_after_seconds=60)
    started = sim.started()
    sim.advance(2)
    assert "usage" not in sim.read(started)
    sim.advance(60)
    assert sim.read(started)["usage"]["total_tokens"] > 0


def test_a_report_can_be_given(sim: LiveSimulator) -> None:
    sim.life(run_seconds=1, report_text="just\u0000 this 文")
    started = sim.started()
    sim.advance(2)
    assert _texts(sim, started) == ["just\u0000 this 文"]


@pytest.mark.parametrize("empty", [False, True])
def test_a_body_can_be_padded_to_a_size(sim: LiveSimulator, *, empty: bool) -> None:
    sim.life(run_seconds=1, body_bytes=1_300_000, empty=empty)
    started = sim.started()
    assert len(sim.get(started).content) < 10_000
    sim.advance(2)
    assert 1_300_000 <= len(sim.get(started).content) < 1_301_000


def test_a_cancel_can_lag(sim: LiveSimulator) -> None:
    sim.life(run_seconds=600, cancel_lag_seconds=30)
    started = sim.started()
    assert sim.cancel(started).json()["status"] == "in_progress"
    sim.advance(20)
    assert sim.cancel(started).json()["status"] == "in_progress"
    sim.advance(11)
    assert sim.read(started)["status"] == "cancelled"


@pytest.mark.parametrize(("wins", "ending"), [(None, "completed"), (True, "cancelled"), (False, "completed")])
def test_a_completion_during_the_lag_beats_a_cancel_unless_scripted(
    sim: LiveSimulator, *, wins: bool | None, ending: str
) -> None:
    sim.life(run_seconds=600, cancel_lag_seconds=60, cancel_wins=wins)
    started = sim.started()
    sim.advance(570)
    sim.cancel(started)
    sim.advance(100)
    assert sim.read(started)["status"] == ending


def test_a_cancel_that_never_wins_lets_the_run_finish(sim: LiveSimulator) -> None:
    sim.life(run_seconds=600, cancel_wins=False)
    started = sim.started()
    assert sim.cancel(started).json()["status"] == "in_progress"
    sim.advance(601)
    assert sim.read(started)["status"] == "completed"


def test_cancel_can_be_unsupported(sim: LiveSimulator) -> None:
    sim.life(cancel_unsupported=True)
    started = sim.started()
    answer = sim.cancel(started)
    assert answer.status_code == 404
    assert answer.json()[0]["error"]["message"] == "Method not found."
    assert sim.entries("cancel")[0]["accepted"] is False
    assert sim.read(started)["status"] == "in_progress"


def research(prompt: str) -> Interaction:
    request = {"agent": "deep-research-preview-04-2026", "background": True, "input": prompt}
    return Interaction(id="v1_x", request=request, prompt=prompt, life=Life(), created_at=0)


@given(st.text(max_size=50), st.floats(min_value=0.01, max_value=100_000))
def test_a_research_never_takes_under_two_real_seconds_at_any_speed(prompt: str, speed: float) -> None:
    interaction = research(prompt)
    life = settled_life(Life(), request=interaction.request, topic=interaction.topic, speed=speed)
    assert life.run_seconds is not None
    assert life.run_seconds / speed >= 2 or life.run_seconds >= 120
    assert life.run_seconds >= 2 * speed
    assert life.run_seconds <= max(1200, 2 * speed)


def test_the_length_of_a_run_depends_on_the_prompt_alone() -> None:
    one, same, other = research("tea"), research("tea"), research("coffee")
    lives = [settled_life(Life(), request=i.request, topic=i.topic, speed=1) for i in (one, same, other)]
    assert lives[0] == lives[1] != lives[2]


@given(SECONDS, SECONDS, st.sampled_from(ENDINGS), st.one_of(st.none(), SECONDS), st.lists(SECONDS, min_size=2))
def test_a_life_never_goes_back(
    queued: float, run: float, ending: str, cancel_age: float | None, ages: list[float]
) -> None:
    life = Life.model_validate({"queued_seconds": queued, "run_seconds": run, "ending": ending})
    states = [state_at(life, age=age, cancel_age=cancel_age) for age in sorted(ages)]
    rank = [0 if s.status == "queued" else 1 if s.ended_age is None else 2 for s in states]
    assert rank == sorted(rank)
    assert [s.progress for s in states] == sorted(s.progress for s in states)
    assert len({s.status for s in states if s.ended_age is not None}) <= 1
