"""The services of docker-compose.yml as processes of this machine: their own commands, environments and checks."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from redis import Redis, RedisError

from longwatch.embedded.binaries import postgres_programs
from longwatch.embedded.postgres import EmbeddedPostgres, socket_directory
from longwatch.embedded.private import write_private
from longwatch.embedded.process import Command, kill_group, spawn, stop
from longwatch.embedded.running import running
from longwatch.embedded.valkey import free_port
from tests.support.compose import ROOT, Service, image_environment
from tests.support.redis_programs import RedisPrograms
from tests.support.waiting import eventually

_PORTS = (5432, 6379, 8080, 5555, 8090)
_HOST = re.compile(r"\b(?:postgres|redis|api|flower|simulator)(?=:\d)|\b0\.0\.0\.0\b")
_PORT = re.compile(rf"(?<![\w.])(?:{'|'.join(map(str, _PORTS))})(?!\w)")
_START_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where things listen here: host names are replaced by the loopback address, ports by free ones."""

    ports: Mapping[int, int] = field(default_factory=lambda: {port: free_port() for port in _PORTS})

    def put(self, text: str) -> str:
        """Return *text* with its hosts and ports replaced."""
        return _PORT.sub(lambda found: str(self.ports[int(found[0])]), _HOST.sub("127.0.0.1", text))

    def url(self, port: int) -> str:
        """Return where the service on *port* of its container is."""
        return f"http://127.0.0.1:{self.ports[port]}"


@dataclass(frozen=True, slots=True)
class Running:
    """One service's process."""

    service: Service
    process: subprocess.Popen[bytes]
    log: Path

    def ended(self, *, within: float) -> int:
        """Return its exit code, once it has ended; within its grace after a SIGTERM."""
        return self.process.wait(within)

    def said(self) -> str:
        """Return what it has written."""
        return self.log.read_text(errors="replace")


@dataclass(slots=True)
class Production:
    """Every service that has been started, and how to start and ask more of them."""

    services: Mapping[str, Service]
    placement: Placement
    folder: Path
    redis: RedisPrograms
    stack: ExitStack

    def check(self, name: str) -> int:
        """Run the service's own health check and return its exit code, as a shell would."""
        argv = [self.placement.put(word) for word in self.services[name].health]
        command = shlex.join(argv)
        env = self._environment(self.services[name])
        return subprocess.run(["/bin/sh", "-c", command], env=env, capture_output=True, check=False).returncode

    def redis_client(self) -> Redis:
        """Return a client of the queue."""
        password = self.services["redis"].environment["REDISCLI_AUTH"]
        return Redis(port=self.placement.ports[6379], password=password, decode_responses=True)

    def start(self, name: str, *extra: str) -> Running:
        """Start the service's own command; *extra* arguments say what a container would."""
        return self.stack.enter_context(self._running(self.services[name], extra))

    def start_healthy(self, name: str, *extra: str) -> Running:
        """Start the service and return once its own check passes."""
        started = self.start(name, *extra)
        eventually(lambda: self._is_healthy(started), within=_START_SECONDS)
        return started

    def _is_healthy(self, started: Running) -> bool:
        assert started.process.poll() is None, started.said()
        return self.check(started.service.name) == 0

    @contextmanager
    def _running(self, service: Service, extra: Sequence[str]) -> Iterator[Running]:
        argv = tuple(self.placement.put(word) for word in (*service.command, *extra))
        command = Command(argv=argv, env=self._environment(service), cwd=self.folder)
        log = self.folder / f"{service.name}.log"
        with log.open("ab") as output:
            process = spawn(command, output=output)
        try:
            yield Running(service, process, log)
        finally:
            stop(process, command, within=service.grace)
            kill_group(process.pid)

    def _environment(self, service: Service) -> dict[str, str]:
        image = image_environment() if service.ours else {}
        given = {name: self.placement.put(value) for name, value in service.environment.items()}
        programs = f"{sys.prefix}/bin:{postgres_programs()}:{self.redis.folder}:/usr/bin:/bin"
        return {**image, **given, "PATH": programs, "LD_LIBRARY_PATH": self.redis.libraries}


@dataclass(frozen=True, slots=True)
class _Postgres:
    """An embedded server that runs as the service says, and listens on a port."""

    inner: EmbeddedPostgres
    service: Service
    port: int
    name: str = "postgres"

    @property
    def url(self) -> str:
        """The administrator's URL."""
        password = self.service.environment["POSTGRES_PASSWORD"]
        return f"postgresql://longwatch:{password}@127.0.0.1:{self.port}/postgres"

    def prepare(self) -> None:
        """Make the cluster with the service's password."""
        write_private(self.inner.directory / "postgres-password", self.service.environment["POSTGRES_PASSWORD"])
        self.inner.prepare()

    def command(self) -> Command:
        """Return the embedded command with the service's own options, listening on the port."""
        plain = self.inner.command()
        options = ("-c", "listen_addresses=127.0.0.1", "-c", f"port={self.port}", "-c", "fsync=off")
        argv = (*plain.argv, *self.service.command[1:], *options)
        return Command(argv=argv, env=plain.env, stop_signal=plain.stop_signal, death_signal=plain.death_signal)

    def answers(self) -> bool:
        """Return whether it takes a connection."""
        try:
            with psycopg.connect(self.url, connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False


@contextmanager
def production(services: Mapping[str, Service], folder: Path, redis: RedisPrograms) -> Iterator[Production]:
    """Yield *services* with their PostgreSQL and Redis running, empty, and nothing of ours started."""
    with nothing_started(services, folder, redis) as house:
        house.stack.enter_context(_database(services["postgres"], house.placement.ports[5432], folder))
        house.start("redis", "--port", str(house.placement.ports[6379]), "--bind", "127.0.0.1", "--dir", str(folder))
        with house.redis_client() as client:
            eventually(lambda: _answers(client))
        yield house


@contextmanager
def nothing_started(services: Mapping[str, Service], folder: Path, redis: RedisPrograms) -> Iterator[Production]:
    """Yield *services* with not even a server running, in a *folder* that holds what the image's does."""
    (folder / "flowerconfig.py").write_text((ROOT / "flowerconfig.py").read_text())
    with ExitStack() as stack:
        yield Production(services, Placement(), folder, redis, stack)


def _answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


@contextmanager
def _database(service: Service, port: int, folder: Path) -> Iterator[None]:
    with socket_directory() as sockets:
        postgres = _Postgres(EmbeddedPostgres(directory=folder, sockets=sockets), service, port)
        with running(postgres, log=folder / "postgres.log") as url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE longwatch")
            yield
