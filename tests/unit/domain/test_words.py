"""Does every error and every mark tell a person what to do?"""

import pytest

from longwatch.domain import errors
from longwatch.domain.attention import REMEDIES, AttentionCode
from longwatch.domain.clock import Clock, unseeded
from longwatch.domain.errors import FieldProblem, InvalidRequestError, LongwatchError

ERRORS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LongwatchError)]


@pytest.mark.parametrize("code", AttentionCode)
def test_every_mark_has_a_remedy(code: AttentionCode) -> None:
    assert all(remedy.strip() for remedy in REMEDIES[code])
    assert REMEDIES[code]


def test_every_error_has_a_type_of_its_own_and_a_status() -> None:
    assert len({kind.type for kind in ERRORS}) == len(ERRORS)
    assert all(400 <= kind.status < 600 for kind in ERRORS)


def test_the_tree_at_the_top_of_the_file_names_every_error() -> None:
    drawn = errors.__doc__ or ""
    direct = [kind.__name__ for kind in ERRORS if kind.__base__ is LongwatchError]
    assert [name for name in direct if name not in drawn] == []


def test_an_invalid_request_leads_with_its_first_problem_and_remedy() -> None:
    problems = [
        FieldProblem("priority", "range", "is not from 0 to 9.", "Choose 0 to 9."),
        FieldProblem("tags", "type", "is not a list.", "Give a list."),
    ]
    error = InvalidRequestError(problems)
    assert error.detail == "priority: is not from 0 to 9. Choose 0 to 9."
    assert error.problems == problems


def test_the_monotonic_clock_never_goes_back_and_the_wall_is_aware() -> None:
    clock = Clock()
    seen = [clock.monotonic() for _ in range(100)]
    assert seen == sorted(seen)
    assert clock.now().utcoffset() is not None
    assert 0 <= unseeded().random() < 1
