"""A private Valkey: loopback only, behind a password, its queue kept on disk."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from longwatch.embedded.binaries import valkey_program
from longwatch.embedded.private import kept, password, private_directory, write_private
from longwatch.embedded.process import Command

_CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass "{password}"
dir "{directory}"
appendonly yes
appendfsync everysec
save ""
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedValkey:
    """The queue in `directory/valkey`, on *port* of the loopback address."""

    directory: Path
    port: int
    name: str = "valkey"

    @property
    def url(self) -> str:
        """The broker URL; it carries the password, so it belongs in an environment, never on a command line."""
        return _url(self._password(), self.port)

    def prepare(self) -> None:
        """Make the folder, stop a server that outlived its supervisor there, and note the port of the next one."""
        folder = private_directory(self.directory / "valkey")
        note = folder / "port"
        if note.exists():
            _shut_down(_url(self._password(), int(note.read_text(encoding="ascii"))))
        write_private(note, str(self.port))

    def command(self) -> Command:
        """Return how the server is run; its configuration, with the password, goes in on stdin."""
        configuration = _CONFIGURATION.format(
            port=self.port, password=self._password(), directory=_quoted(self.directory / "valkey")
        )
        return Command(
            argv=(str(valkey_program()), "-"),
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            stdin=configuration.encode(),
        )

    def answers(self) -> bool:
        """Return whether the server answers a PING with our password."""
        try:
            with _client(self.url) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _password(self) -> str:
        return kept(self.directory / "valkey-password", password)


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _url(secret: str, port: int) -> str:
    return f"redis://:{secret}@127.0.0.1:{port}/0"


def _client(url: str) -> redis.Redis:
    # By default it would try again for seconds what is either there or not.
    return redis.Redis.from_url(url, socket_timeout=5, retry=Retry(NoBackoff(), 0))


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def _shut_down(url: str) -> None:
    # Whoever takes our password on our last port is our own server, whatever its pid.
    try:
        with _client(url) as client:
            client.shutdown()
    except redis.RedisError:
        return
