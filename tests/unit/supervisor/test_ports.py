import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from longwatch.supervisor.ports import PortRefusedError, PortTakenError, Promises, choose_port, url_of


@contextmanager
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def promises() -> Iterator[Promises]:
    with closing(Promises()) as promises:
        yield promises


def choose(asked: int | None, promises: Promises, *, default: int = 0) -> int:
    return choose_port(asked, default=default, host="127.0.0.1", option="--api-port", promises=promises)


def test_a_port_that_was_asked_for_and_is_taken_is_an_error_that_says_what_to_do(promises: Promises) -> None:
    with listener() as taken, pytest.raises(PortTakenError, match=rf"Port {taken} is taken.*--api-port"):
        choose(taken, promises)


def test_a_default_port_that_is_taken_gives_way_to_the_next_free_one(promises: Promises) -> None:
    with listener() as taken:
        assert taken < choose(None, promises, default=taken) <= taken + 200


def test_a_port_that_is_promised_to_another_part_is_not_free(promises: Promises) -> None:
    with listener() as taken:
        promised = choose(None, promises, default=taken)
        assert choose(None, promises, default=taken) > promised
        with pytest.raises(PortTakenError):
            choose(promised, promises)


def test_two_that_start_at_once_never_choose_the_same_port(promises: Promises) -> None:
    with listener() as taken, closing(Promises()) as others:
        ours = choose(None, promises, default=taken)
        theirs = choose(None, others, default=taken)
        assert theirs > ours
        with pytest.raises(PortTakenError):
            choose(ours, others)


def test_a_promise_ends_with_its_maker(promises: Promises) -> None:
    with closing(Promises()) as others:
        theirs = choose(0, others)
    assert choose(theirs, promises) == theirs


def test_a_promise_is_no_listener(promises: Promises) -> None:
    with socket.create_server(("127.0.0.1", choose(0, promises))):
        pass


def test_an_address_that_is_not_ours_is_not_called_taken(promises: Promises) -> None:
    with pytest.raises(PortRefusedError, match=r"192\.0\.2\.1 port 8080.*--host"):
        choose_port(None, default=8080, host="192.0.2.1", option="--api-port", promises=promises)


def test_port_nought_is_any_free_port(promises: Promises) -> None:
    assert choose(0, promises) > 0


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),  # noqa: S104
        ("::", "http://[::1]:80"),
        ("box.example", "http://box.example:80"),
    ],
)
def test_a_url_is_one_that_this_machine_can_reach(host: str, url: str) -> None:
    assert url_of(host, 80) == url
