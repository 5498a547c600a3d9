"""Does a bucket ever give more than has flowed into it?"""

from hypothesis import given
from hypothesis import strategies as st

from longwatch.domain.bucket import Bucket


def test_it_starts_empty_fills_with_time_and_holds_what_a_second_brings() -> None:
    bucket = Bucket(10, at=0)
    assert [bucket.take(100, now=now) for now in (0, 0.5, 0.5, 60)] == [0, 5, 0, 10]


def test_a_slow_bucket_gives_one_as_soon_as_it_has_one() -> None:
    bucket = Bucket(0.1, at=0)
    assert [bucket.take(5, now=now) for now in (9, 10, 19, 100)] == [0, 1, 0, 1]


def test_what_was_not_used_can_be_taken_again() -> None:
    bucket = Bucket(10, at=0)
    assert (bucket.take(8, now=1), bucket.take(-6, now=1), bucket.take(100, now=1)) == (8, -6, 8)


@given(st.floats(0.05, 500), st.lists(st.tuples(st.floats(0, 5), st.integers(0, 300)), max_size=40))
def test_it_never_gives_more_than_its_rate(rate: float, calls: list[tuple[float, int]]) -> None:
    bucket, now, given_away = Bucket(rate, at=0), 0.0, 0
    for pause, wanted in calls:
        now += pause
        taken = bucket.take(wanted, now=now)
        assert 0 <= taken <= wanted
        given_away += taken
    assert given_away <= rate * now + 1e-6
