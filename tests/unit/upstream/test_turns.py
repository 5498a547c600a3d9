from typing import Any

import pytest

from longwatch.domain.actions import CallResult
from longwatch.upstream.requests import answered, plans, validate
from longwatch.upstream.turns import approval_turn, edit_turn, results_turn

CONFIG = {"type": "deep-research", "collaborative_planning": True, "thinking_summaries": "auto"}
BODY = {
    "agent": "deep-research-preview-04-2026",
    "input": "Research the tides",
    "agent_config": CONFIG,
    "tools": [{"type": "google_search"}],
}
CALLS = [{"call_id": "one", "name": "weather", "arguments": {}}]


def test_an_approval_runs_the_plan_with_everything_else_as_it_was() -> None:
    body = answered(BODY, approval_turn(), previous_id="run-1")
    assert body["agent_config"] == {**CONFIG, "collaborative_planning": False}
    assert (body["tools"], body["previous_interaction_id"]) == (BODY["tools"], "run-1")
    assert validate(body) == []


def test_an_edit_plans_again() -> None:
    body = answered(BODY, edit_turn("Leave the moon out"), previous_id="run-1")
    assert body["input"] == "Leave the moon out"
    assert plans(BODY, edit_turn("Leave the moon out"))


def test_what_follows_an_approval_is_no_plan() -> None:
    assert plans(BODY, None)
    assert not plans(BODY, approval_turn())
    assert not plans({"model": "gemini"}, None)


@pytest.mark.parametrize(
    ("result", "sent"),
    [
        ("7 degrees", "7 degrees"),
        ({"degrees": 7}, {"degrees": 7}),
        ([{"type": "text", "text": "7"}], [{"type": "text", "text": "7"}]),
        (7, "7"),
        (None, "null"),
        ([1, 2], "[1, 2]"),
        ([], "[]"),
    ],
)
def test_a_result_is_sent_as_the_upstream_takes_it(result: Any, sent: Any) -> None:
    turn = results_turn(CALLS, [CallResult(call_id="one", result=result)])
    assert turn["input"] == [{"type": "function_result", "call_id": "one", "name": "weather", "result": sent}]
    assert validate({"model": "gemini", **turn}) == []


def test_a_failed_call_says_so() -> None:
    turn = results_turn(CALLS, [CallResult(call_id="one", result="down", is_error=True)])
    assert turn["input"][0]["is_error"] is True


def test_a_token_of_the_first_request_is_not_sent_again() -> None:
    assert "continuation_token" not in answered({**BODY, "continuation_token": "t"}, edit_turn("x"), previous_id="r")
