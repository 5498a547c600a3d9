import pytest

from longwatch.domain.predecessor import GONE, Lost, verdict
from longwatch.domain.states import ALIVE, TERMINAL, Status


def test_a_completed_predecessor_lets_go() -> None:
    assert verdict(Status.COMPLETED, deleted=False) == "go"


@pytest.mark.parametrize("status", sorted(ALIVE))
def test_a_living_one_is_waited_for(status: Status) -> None:
    assert verdict(status, deleted=False) == "wait"


@pytest.mark.parametrize("status", sorted(TERMINAL - {Status.COMPLETED}))
def test_any_other_ending_is_named_in_the_error(status: Status) -> None:
    lost = verdict(status, deleted=False)
    assert isinstance(lost, Lost)
    assert lost.code == f"predecessor_{status}"
    assert lost.message.endswith("retry that one first.")


@pytest.mark.parametrize("status", [None, *sorted(Status)])
def test_one_that_was_deleted_or_forgotten_is_lost_however_it_stood(status: Status | None) -> None:
    lost = verdict(status, deleted=status is not None)
    assert isinstance(lost, Lost)
    assert lost.code == GONE
