"""What is put to the test? A whole installation on two hosts, an upstream and a receiver, each a process of its own."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

import httpx
from cryptography.fernet import Fernet

from chaos.plan import Scale
from chaos.program import Program
from chaos.waiting import until
from longwatch.embedded.postgres import EmbeddedPostgres, socket_directory
from longwatch.embedded.process import Command
from longwatch.embedded.running import EmbeddedServer
from longwatch.embedded.valkey import EmbeddedValkey, free_port
from longwatch.supervisor.probes import http_ok

_ROOT = Path(__file__).parents[1]
_START_SECONDS = 120.0
_API_KEY = "chaos"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - signs nothing outside this machine
_SIMULATOR_SPEED = "120"
_CHILDREN = "2"

UPSTREAM_KEYS = tuple(f"key-{number}" for number in range(12))
"""Lanes enough that one which a 429 has slowed down does not slow the whole run down."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the house listens."""

    first_api: int = field(default_factory=free_port)
    second_api: int = field(default_factory=free_port)
    broker: int = field(default_factory=free_port)
    upstream: int = field(default_factory=free_port)
    receiver: int = field(default_factory=free_port)


class House:
    """The programs of one run, and where each is reached.

    The first host is a `longwatch up`; the second has an api, a scheduler and a worker more. The servers are
    nobody's parts, as in production.
    """

    def __init__(self, folder: Path, sockets: Path, scale: Scale, *, jobs: int) -> None:
        self.folder = folder
        self.ports = Ports()
        self.servers = (
            EmbeddedPostgres(directory=folder, sockets=sockets),
            EmbeddedValkey(directory=folder, port=self.ports.broker),
        )
        self._settings = {
            "LONGWATCH_LEASE": f"{scale.lease:g}",
            "LONGWATCH_POLL_FIRST": "1",
            "LONGWATCH_POLL_CAP": "4",
            # An unknown create takes a place for 70 minutes.
            "LONGWATCH_MAX_RUNNING": str(max(jobs, 20)),
        }
        postgres, valkey = self.servers
        self.postgres = self._program("postgres", lambda: _served(postgres))
        self.valkey = self._program("valkey", lambda: _served(valkey))
        self.simulator = self._python("simulator", *self._simulator())
        self.receiver = self._python("receiver", *self._receiver())
        self.up = self._python("up", "longwatch.cli", "up", "--data-dir", str(self.data_dir), *self._up())
        self.api = self._python("api", "uvicorn", "api.app:app", *_listening(self.ports.second_api))
        self.scheduler = self._python("scheduler", "scheduler")
        self.worker = self._python("worker", "celery", "-A", "worker.app", "worker", *_size("second"))

    @property
    def data_dir(self) -> Path:
        """The first host's data directory; every process of ours carries it in its environment."""
        return self.folder / "host"

    @property
    def database_url(self) -> str:
        """The database, as libpq takes it."""
        return self.servers[0].url.replace("+psycopg", "")

    @property
    def broker_url(self) -> str:
        """The broker."""
        return self.servers[1].url

    @property
    def upstream_url(self) -> str:
        """The simulator."""
        return f"http://127.0.0.1:{self.ports.upstream}"

    @property
    def receiver_url(self) -> str:
        """The webhook receiver."""
        return f"http://127.0.0.1:{self.ports.receiver}"

    @property
    def received(self) -> Path:
        """The receiver's ledger."""
        return self.folder / "received.jsonl"

    def doors(self) -> list[httpx.AsyncClient]:
        """Return a producer's client for each api."""
        headers = {"Authorization": f"Bearer {_API_KEY}"}
        ports = (self.ports.first_api, self.ports.second_api)
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        return [httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=10) for url in urls]

    async def start(self) -> bool:
        """Start everything; return whether all of it became ready."""
        for program in (self.postgres, self.valkey, self.simulator, self.receiver):
            program.start()
        if not await until(self._servers_answer, within=_START_SECONDS):
            return False
        self.up.start()
        if not await until(self.first_host_is_ready, within=_START_SECONDS):
            return False
        for program in (self.api, self.scheduler, self.worker):
            program.start()
        return True

    async def stop(self) -> None:
        """Stop everything, whoever hands out work first."""
        for program in (self.scheduler, self.api, self.up, self.worker, self.receiver, self.simulator):
            await program.down(Signals.SIGTERM)
        await self.valkey.down(Signals.SIGTERM)
        await self.postgres.down(_served(self.servers[0]).stop_signal)

    async def first_host_is_ready(self) -> bool:
        """Say whether every part of the first host answers."""
        return bool(self.parts().get("ready"))

    def parts(self) -> dict[str, int]:
        """Return the pids of the first host's parts, `ready` among the names once all are; none while it is down."""
        try:
            found = json.loads((self.data_dir / "run.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        ready = {"ready": 1} if found["urls"] else {}
        return {**found["processes"], **ready}

    async def _servers_answer(self) -> bool:
        probes = [http_ok(f"{self.upstream_url}/__sim/ledger"), http_ok(self.receiver_url)]
        return all(server.answers() for server in self.servers) and all([await probe() for probe in probes])

    def _program(self, name: str, command: "_MakeCommand") -> Program:
        return Program(name, command, log=self.folder / f"{name}.log")

    def _python(self, name: str, *words: str) -> Program:
        return self._program(
            name,
            lambda: Command(argv=(sys.executable, "-m", *words), env=self._environment(), cwd=_ROOT),
        )

    def _simulator(self) -> tuple[str, ...]:
        kept = ("--data-file", str(self.folder / "simulator.jsonl"))
        return ("simulator", "--port", str(self.ports.upstream), "--speed", _SIMULATOR_SPEED, *kept)

    def _receiver(self) -> tuple[str, ...]:
        return (
            "chaos.receiver",
            "--port",
            str(self.ports.receiver),
            "--ledger",
            str(self.received),
            "--secret",
            _SECRET,
        )

    def _up(self) -> tuple[str, ...]:
        return ("--api-port", str(self.ports.first_api), "--no-flower", "--workers", _CHILDREN)

    def _environment(self) -> Mapping[str, str]:
        ours = ("LONGWATCH_", "GEMINI_", "GOOGLE_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        keys = self.folder / "encryption-key"
        if not keys.exists():
            keys.write_bytes(Fernet.generate_key())
        return {
            **inherited,
            **self._settings,
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "LONGWATCH_LOG_FORMAT": "json",
            "LONGWATCH_DATA_DIR": str(self.data_dir),
            "LONGWATCH_DATABASE_URL": self.servers[0].url,
            "LONGWATCH_BROKER_URL": self.broker_url,
            "LONGWATCH_UPSTREAM_URL": self.upstream_url,
            "LONGWATCH_ENCRYPTION_KEYS": keys.read_text(),
            "LONGWATCH_API_KEY": _API_KEY,
            "LONGWATCH_WEBHOOK_SECRET": _SECRET,
            "LONGWATCH_WEBHOOK_ALLOW": "127.0.0.0/8",
            "GEMINI_API_KEY": "chaos",
            "LONGWATCH_UPSTREAM_KEYS": json.dumps({name: f"chaos-{name}" for name in UPSTREAM_KEYS}),
        }


_MakeCommand = Callable[[], Command]


def _served(server: EmbeddedServer) -> Command:
    server.prepare()
    return server.command()


def _listening(port: int) -> tuple[str, ...]:
    return ("--port", str(port), "--timeout-graceful-shutdown", "5", "--log-level", "warning")


def _size(name: str) -> tuple[str, ...]:
    return ("--hostname", f"{name}@%h", "--concurrency", _CHILDREN, "--without-gossip", "--without-mingle")


@contextmanager
def furnished(folder: Path, scale: Scale, *, jobs: int) -> Iterator[House]:
    """Yield a house in *folder* with nothing started."""
    with socket_directory() as sockets:
        yield House(folder, sockets, scale, jobs=jobs)
