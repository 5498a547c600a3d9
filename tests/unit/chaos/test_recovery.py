"""How long was a dead worker's work left alone? From hand-made claims and acts."""

from chaos.faults import Fault
from chaos.recovery import p99, takeovers
from tests.support.ledgers import claimed, harm

KILL = harm(Fault.KILL_WORKER, 10)


def test_a_claim_that_another_took_over_counts_from_the_kill() -> None:
    assert takeovers((claimed(1, 4), claimed(2, 25)), (KILL,)) == [15]


def test_a_claim_that_was_given_back_was_nobodys_loss() -> None:
    assert takeovers((claimed(1, 4), claimed(1, 12, held=False), claimed(2, 25)), (KILL,)) == []


def test_a_claim_taken_over_without_a_kill_between_does_not_count() -> None:
    assert takeovers((claimed(1, 12), claimed(2, 25)), (KILL,)) == []
    assert takeovers((claimed(1, 4), claimed(2, 25)), (harm(Fault.KILL_API, 10),)) == []


def test_the_fall_of_another_worker_does_not_count() -> None:
    assert takeovers((claimed(1, 4, holder=7), claimed(2, 25)), (KILL,)) == []
    assert takeovers((claimed(1, 4, holder=None), claimed(2, 25)), (KILL,)) == []


def test_a_worker_that_went_on_after_it_was_frozen_counts_from_its_death() -> None:
    assert takeovers((claimed(1, 2), claimed(2, 25)), (harm(Fault.STOP_CHILD, 4, 8), KILL)) == [15]


def test_a_worker_that_was_killed_while_it_was_frozen_counts_from_then() -> None:
    assert takeovers((claimed(1, 2), claimed(2, 25)), (harm(Fault.STOP_CHILD, 4, 12), KILL)) == [21]


def test_time_without_broker_or_database_is_not_counted_and_never_twice() -> None:
    away = (harm(Fault.BROKER_DOWN, 12, 20), harm(Fault.DATABASE_RESTART, 18, 22), harm(Fault.BROKER_RESTART, 40, 50))
    assert takeovers((claimed(1, 4), claimed(2, 25)), (KILL, *away)) == [5]


def test_the_percentile_is_that_of_the_slowest_hundredth() -> None:
    assert p99([]) == 0
    assert p99([7.0]) == 7
    assert p99([float(second) for second in range(1, 201)]) == 199
