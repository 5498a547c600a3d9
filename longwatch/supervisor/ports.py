"""Which ports the parts listen on."""

import socket
from collections.abc import Collection

_TRIES = 200


class PortTakenError(Exception):
    """A port that was asked for is not free; the text names it and what to do."""

    def __init__(self, port: int, *, option: str) -> None:
        super().__init__(
            f"Port {port} is taken. Stop what listens there, give another one with {option}, "
            f"or leave {option} out to use the next free port."
        )


def choose_port(asked: int | None, *, default: int, host: str, option: str, used: Collection[int] = ()) -> int:
    """Return *asked*, or the first free port from *default* on; raise PortTakenError if *asked* is not free."""
    if asked is not None:
        if asked in used or not _is_free(host, asked):
            raise PortTakenError(asked, option=option)
        return asked or _any_free(host)
    for port in range(default, default + _TRIES):
        if port not in used and _is_free(host, port):
            return port
    raise PortTakenError(default, option=option)


def url_of(host: str, port: int) -> str:
    """Return the URL at which a person on this machine reaches what listens on *host* and *port*."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - a name, not a bind
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            return True
    except OSError:
        return False


def _any_free(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as probe:
        return int(probe.getsockname()[1])
