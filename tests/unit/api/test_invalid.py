"""Are pydantic's errors told in our words, at the right place, with the nearest known field?"""

from typing import Any

import pytest
from pydantic import ValidationError

from api.invalid import field_problems, within
from api.resolving_many import ManyResolution
from api.submission import BatchItem, Edit, Submission
from longwatch.domain.errors import FieldProblem


def problems(model: Any, body: Any) -> list[FieldProblem]:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body)
    return field_problems(refused.value.errors(), known=model)


@pytest.mark.parametrize(
    ("model", "body", "field", "nearest"),
    [
        (Submission, {"request": {}, "webhok_url": "x"}, "webhok_url", "`webhook_url`"),
        (Submission, {"request": {}, "idempotency_key": "x"}, "idempotency_key", "the header `Idempotency-Key`"),
        (Submission, {"request": {}, "agent": "x"}, "agent", "`request.agent`"),
        (Submission, {"request": {}, "colour": "x"}, "colour", "Leave it out."),
        (Edit, {"agent": "x"}, "agent", "Leave it out."),
        (BatchItem, {"request": {}, "idempotencykey": "x"}, "idempotencykey", "`idempotency_key`"),
        (Edit, {"dead_line_seconds": 1}, "dead_line_seconds", "`deadline_seconds`"),
        (ManyResolution, {"as": "fail", "filters": {}, "filter": {}}, "filters", "`filter`"),
        (ManyResolution, {"as": "fail", "filter": {"tag": []}}, "filter.tag", "`tags`"),
    ],
)
def test_an_unknown_field_names_the_nearest_known_one(model: Any, body: Any, field: str, nearest: str) -> None:
    [problem] = problems(model, body)
    assert (problem.field, problem.code) == (field, "unknown_field")
    assert nearest in problem.remedy


def test_every_problem_has_a_remedy() -> None:
    body = {"priority": "high", "tags": ["", 7, "x" * 65], "metadata": [], "run_at": "soon", "deadline_seconds": 1.5}
    told = problems(Submission, body)
    assert {problem.field for problem in told} == {
        "request", "priority", "tags[0]", "tags[1]", "tags[2]", "metadata", "run_at", "deadline_seconds",
    }  # fmt: skip
    assert all(problem.remedy.endswith((".", "Z.")) for problem in told)


def test_a_part_of_a_larger_body_is_named_by_its_place() -> None:
    whole, part = FieldProblem("body", "a", "b", "c"), FieldProblem("tags[0]", "a", "b", "c")
    assert [problem.field for problem in within("items[3]", [whole, part])] == ["items[3]", "items[3].tags[0]"]
