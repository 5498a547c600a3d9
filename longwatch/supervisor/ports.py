"""Which ports the parts listen on."""

import errno
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


class PortRefusedError(Exception):
    """The system does not let us listen there at all."""

    def __init__(self, host: str, port: int, *, reason: str) -> None:
        super().__init__(f"Nothing can listen on {host} port {port}: {reason}. Choose another --host or port.")


def choose_port(asked: int | None, *, default: int, host: str, option: str, used: Collection[int] = ()) -> int:
    """Return *asked*, or the first free port from *default* on; raise PortTakenError if *asked* is not free."""
    if asked is not None:
        return _asked(asked, host=host, option=option, used=used)
    for port in range(default, default + _TRIES):
        if port not in used and _bound(host, port):
            return port
    raise PortTakenError(default, option=option)


def _asked(port: int, *, host: str, option: str, used: Collection[int]) -> int:
    bound = None if port in used else _bound(host, port)
    if bound is None:
        raise PortTakenError(port, option=option)
    return bound


def url_of(host: str, port: int) -> str:
    """Return the URL at which a person on this machine reaches what listens on *host* and *port*."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - a name, not a bind
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _bound(host: str, port: int) -> int | None:
    """Return the port that listening on *port* gives, None if it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as probe:
            return int(probe.getsockname()[1])
    except OSError as refusal:
        if refusal.errno == errno.EADDRINUSE:
            return None
        raise PortRefusedError(host, port, reason=refusal.strerror or str(refusal)) from refusal
