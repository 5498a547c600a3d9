"""Which ports the parts listen on."""

import errno
import socket
import sys

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


class Promises:
    """Ports chosen for parts that do not listen yet: no other `up` of this machine chooses them meanwhile."""

    def __init__(self) -> None:
        self._kept: dict[int, socket.socket] = {}

    def make(self, port: int) -> bool:
        """Promise *port*; return whether it was free to be promised."""
        if port in self._kept:
            return False
        holder = socket.socket(socket.AF_UNIX)
        try:
            # A name without a file, which ends with its process; only Linux has such names.
            if sys.platform == "linux":
                holder.bind(f"\0longwatch-port-{port}")
        except OSError:
            holder.close()
            return False
        self._kept[port] = holder
        return True

    def release(self, port: int) -> None:
        """Take back the promise of *port*."""
        self._kept.pop(port).close()

    def close(self) -> None:
        """Take back every promise."""
        for port in list(self._kept):
            self.release(port)


def choose_port(asked: int | None, *, default: int, host: str, option: str, promises: Promises) -> int:
    """Return *asked*, or the first free port from *default* on, promised; raise PortTakenError if *asked* is taken."""
    if asked is not None:
        port = _promised(host, asked, promises)
        if port is None:
            raise PortTakenError(asked, option=option)
        return port
    for port in range(default, default + _TRIES):
        if _promised(host, port, promises):
            return port
    raise PortTakenError(default, option=option)


def _promised(host: str, port: int, promises: Promises) -> int | None:
    """Return the port that listening on *port* gives, once it is promised; None if it is taken or promised already."""
    bound = _bound(host, port)
    if bound is None or not promises.make(bound):
        return None
    # Whoever held the promise until now may listen by now.
    if _bound(host, bound) is None:
        promises.release(bound)
        return None
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
