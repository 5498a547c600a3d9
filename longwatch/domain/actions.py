"""Does an answer fit what a run asked for? Pure: question and answer in, what is wrong out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longwatch.domain.errors import FieldProblem

Asked = Mapping[str, Any]
"""`{"type": "function_calls", "calls": […]}` or `{"type": "plan", "text": …}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """What a function returned, or how it failed."""

    call_id: str
    result: Any
    name: str | None = None
    is_error: bool = False


def calls_asked(calls: Sequence[Mapping[str, Any]]) -> Asked:
    """Return the question of a run that wants functions called."""
    return {"type": "function_calls", "calls": list(calls)}


def plan_asked(text: str | None) -> Asked:
    """Return the question of a run that wants its plan approved."""
    return {"type": "plan", "text": text}


def result_problems(asked: Asked, results: Sequence[CallResult]) -> Iterator[FieldProblem]:
    """Yield what is wrong with *results* as an answer to *asked*: every open call wants exactly one."""
    if asked["type"] != "function_calls":
        message = "The job asks for no results, but for a word on its plan."
        yield FieldProblem("results", "not_asked", message, "Send `approve`, `edit` or `reject`.")
        return
    names = {call["call_id"]: call["name"] for call in asked["calls"]}
    times = Counter(result.call_id for result in results)
    for index, result in enumerate(results):
        yield from _one(index, result, names, times)
    if missing := [call_id for call_id in names if call_id not in times]:
        message = f"There is no result for {', '.join(missing)}."
        yield FieldProblem("results", "missing", message, "Answer all open calls in one request.")


def word_problems(asked: Asked, word: str) -> Iterator[FieldProblem]:
    """Yield what is wrong with *word* (`approve`, `edit`, `reject`) as an answer to *asked*."""
    if asked["type"] != "plan":
        message = "The job asks for the results of its calls, not for a word on a plan."
        yield FieldProblem(word, "not_asked", message, "Send `results`, or cancel the job.")


def _one(
    index: int, result: CallResult, names: Mapping[str, str | None], times: Mapping[str, int]
) -> Iterator[FieldProblem]:
    place = f"results[{index}]"
    if result.call_id not in names:
        remedy = f"The open calls are: {', '.join(names) or 'none'}."
        yield FieldProblem(f"{place}.call_id", "unknown_call", "The job asks for no such call.", remedy)
    elif times[result.call_id] > 1:
        yield FieldProblem(
            f"{place}.call_id", "twice", "This call is answered twice.", "Send one result for each call."
        )
    elif result.name not in {None, names[result.call_id]}:
        remedy = f"It calls {names[result.call_id]!r}; leave `name` out if in doubt."
        yield FieldProblem(f"{place}.name", "another_name", "This call is of another function.", remedy)
