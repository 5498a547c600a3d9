import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from longwatch.supervisor.ports import PortRefusedError, PortTakenError, choose_port, url_of


@contextmanager
def listener() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def choose(asked: int | None, *, default: int = 0, used: tuple[int, ...] = ()) -> int:
    return choose_port(asked, default=default, host="127.0.0.1", option="--api-port", used=used)


def test_a_port_that_was_asked_for_and_is_taken_is_an_error_that_says_what_to_do() -> None:
    with listener() as taken, pytest.raises(PortTakenError, match=rf"Port {taken} is taken.*--api-port"):
        choose(taken)


def test_a_default_port_that_is_taken_gives_way_to_the_next_free_one() -> None:
    with listener() as taken:
        assert taken < choose(None, default=taken) <= taken + 200


def test_a_port_that_is_promised_to_another_part_is_not_free() -> None:
    with listener() as taken:
        free = choose(None, default=taken)
        assert choose(None, default=taken, used=(free,)) > free
        with pytest.raises(PortTakenError):
            choose(free, used=(free,))


def test_an_address_that_is_not_ours_is_not_called_taken() -> None:
    with pytest.raises(PortRefusedError, match=r"192\.0\.2\.1 port 8080.*--host"):
        choose_port(None, default=8080, host="192.0.2.1", option="--api-port")


def test_port_nought_is_any_free_port() -> None:
    assert choose(0) > 0


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
