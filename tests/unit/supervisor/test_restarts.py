from hypothesis import given
from hypothesis import strategies as st

from longwatch.supervisor.restarts import Restarts


def after(*lives: float) -> Restarts:
    restarts = Restarts()
    for lived in lives:
        restarts = restarts.after(lived=lived)
    return restarts


def test_the_first_restart_comes_at_once_and_each_further_one_later() -> None:
    assert [after(*[1.0] * times).delay for times in range(1, 5)] == [0.5, 1.0, 2.0, 4.0]


def test_a_steady_minute_forgives_what_was_before() -> None:
    assert after(1, 1, 1, 61).delay == 0.5
    assert not after(1, 1, 1, 61).is_loop


def test_three_endings_in_a_row_are_a_crash_loop() -> None:
    assert not after(1, 1).is_loop
    assert after(1, 1, 1).is_loop


@given(st.lists(st.floats(min_value=0, max_value=1e6), max_size=100))
def test_the_delay_is_never_longer_than_half_a_minute_nor_shorter_than_half_a_second(lives: list[float]) -> None:
    assert 0.5 <= after(*lives).delay <= 30
