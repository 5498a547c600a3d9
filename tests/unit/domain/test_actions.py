import pytest

from longwatch.domain.actions import Asked, CallResult, calls_asked, plan_asked, result_problems, word_problems

CALLS = calls_asked(
    [
        {"call_id": "one", "name": "weather", "arguments": {}},
        {"call_id": "two", "name": "tides", "arguments": {}},
    ]
)
PLAN = plan_asked("First the moon, then the tides.")


def results(*call_ids: str) -> list[CallResult]:
    return [CallResult(call_id=call_id, result="7") for call_id in call_ids]


def test_one_result_for_each_call_in_any_order_fits() -> None:
    assert list(result_problems(CALLS, results("two", "one"))) == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (results("one"), {("results", "missing")}),
        (results("one", "two", "three"), {("results[2].call_id", "unknown_call")}),
        (results("one", "two", "two"), {("results[1].call_id", "twice"), ("results[2].call_id", "twice")}),
        (
            [*results("one"), CallResult(call_id="two", result="7", name="weather")],
            {("results[1].name", "another_name")},
        ),
    ],
)
def test_what_does_not_fit_is_named(given: list[CallResult], wrong: set[tuple[str, str]]) -> None:
    problems = list(result_problems(CALLS, given))
    assert {(problem.field, problem.code) for problem in problems} == wrong
    assert all(problem.remedy.endswith(".") for problem in problems)


def test_the_right_name_may_be_said() -> None:
    named = [CallResult(call_id="one", result="7", name="weather"), *results("two")]
    assert list(result_problems(CALLS, named)) == []


@pytest.mark.parametrize("asked", [CALLS, PLAN], ids=["calls", "plan"])
def test_only_what_was_asked_can_be_answered(asked: Asked) -> None:
    wants_word = asked is PLAN
    assert bool(list(word_problems(asked, "approve"))) is not wants_word
    assert bool(list(result_problems(asked, results("one", "two")))) is wants_word
