from contextlib import ExitStack

import pytest

from longwatch.domain.receivers import Attempts

HANGS, OTHER, THIRD = "https://hangs.example/a?b=c", "https://other.example", "https://third.example/hook"


def held(attempts: Attempts, url: str, stack: ExitStack) -> int:
    """Begin as many attempts at *url* as are allowed and return their number."""
    number = 0
    while attempts.allow(url):
        stack.enter_context(attempts.one_more(url))
        number += 1
    return number


def test_one_receiver_leaves_half_of_the_room_and_a_second_half_of_that() -> None:
    attempts = Attempts(most=100)
    with ExitStack() as stack:
        assert [held(attempts, url, stack) for url in (HANGS, OTHER, THIRD)] == [50, 25, 13]
        assert attempts.crowded() == ["https://hangs.example", "https://other.example", "https://third.example"]
        assert attempts.allow("https://fourth.example")


def test_many_receivers_share_all_the_room() -> None:
    attempts = Attempts(most=100)
    with ExitStack() as stack:
        for number in range(100):
            url = f"https://r{number}.example/hook"
            assert attempts.allow(url)
            stack.enter_context(attempts.one_more(url))
        assert not attempts.allow("https://one-more.example/hook")


def test_a_receiver_that_answers_again_is_crowded_no_more() -> None:
    attempts = Attempts(most=4)
    with attempts.one_more(HANGS), attempts.one_more(HANGS):
        assert attempts.crowded() == ["https://hangs.example"]
    assert attempts.crowded() == []
    assert attempts.allow(HANGS)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.example/x/y", "https://a.example"),
        ("http://a.example:8080?token=1", "http://a.example:8080"),
        ("https://a.example#top", "https://a.example"),
        ("HTTPS://A.Example/hook", "https://a.example"),
    ],
)
def test_receivers_are_told_apart_by_scheme_host_and_port(url: str, origin: str) -> None:
    attempts = Attempts(most=2)
    with attempts.one_more(url):
        assert attempts.crowded() == [origin]
