"""How is a peer run? Its worker and its producer in an environment of its own, on the same servers as ours."""

import os
import random
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.programs import ROOT, fed, program, said, wait
from benchmarks.runners.runner import Setup
from longwatch.embedded.postgres import EmbeddedPostgres, socket_directory
from longwatch.embedded.process import Command, spawn, stop
from longwatch.embedded.running import EmbeddedServer
from longwatch.embedded.valkey import EmbeddedValkey, free_port

_FIRST_HELD = 10_000_000


@dataclass(frozen=True, slots=True)
class RunningPeer:
    """A peer at work, its producer waiting for orders."""

    processes: Mapping[str, int]
    producer: subprocess.Popen[str]

    @property
    def groups(self) -> dict[str, tuple[int]]:
        """Return the process at the root of each part."""
        return {name: (pid,) for name, pid in self.processes.items()}

    def start(self, number: int) -> None:
        """Have the producer enqueue one job."""
        self._order(str(number))

    def hold(self, count: int, *, over: float) -> None:
        """Have the producer enqueue the watching of runs that go on for ever."""
        rng = random.Random(count)
        for number in range(count):
            self._order(f"{_FIRST_HELD + number} {rng.random() * over:.3f}")

    def _order(self, line: str) -> None:
        assert self.producer.stdin is not None
        self.producer.stdin.write(line + "\n")
        self.producer.stdin.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One peer: its environment's name, and the programs of it; `{python}` stands for that environment's."""

    name: str
    environment: str
    producer: Sequence[str]
    worker: Sequence[str] = ()
    prepare: Sequence[str] = ()
    ready: str = ""
    broker: bool = False
    database: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    @contextmanager
    def running(self, setup: Setup) -> Iterator[RunningPeer]:
        """Run it until the block ends."""
        with ExitStack() as stack:
            processes, urls = _servers(self, setup.folder, stack)
            env = self._environment(setup) | urls
            if self.prepare:
                subprocess.run(self._argv(self.prepare), env=env, cwd=ROOT, check=True, timeout=60)
            if self.worker:
                processes["worker"] = self._work(setup.folder, env, stack)
            log = setup.folder / "producer.log"
            producer = stack.enter_context(fed(self._argv(self.producer), env, log=log))
            yield RunningPeer({**processes, "producer": producer.pid}, producer)

    def _work(self, folder: Path, env: Mapping[str, str], stack: ExitStack) -> int:
        log = folder / "worker.log"
        process = stack.enter_context(program(self._argv(self.worker), env, log=log))
        wait(said(log, self.ready), what=f"{self.name}'s worker ({log})")
        return process.pid

    def _argv(self, words: Sequence[str]) -> list[str]:
        python = ROOT / ".cache" / "bench" / self.environment / "bin" / "python"
        return [str(python) if word == "{python}" else word for word in words]

    def _environment(self, setup: Setup) -> dict[str, str]:
        certificate = setup.upstream.certificate
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "BENCH_UPSTREAM": setup.upstream.url,
            "BENCH_HOOK": setup.upstream.hook,
            **({"SSL_CERT_FILE": str(certificate)} if certificate else {}),
            **setup.rhythm.environment(),
            **self.settings,
        }


def _servers(peer: Peer, folder: Path, stack: ExitStack) -> tuple[dict[str, int], dict[str, str]]:
    processes: dict[str, int] = {}
    urls: dict[str, str] = {}
    if peer.broker:
        valkey = EmbeddedValkey(directory=folder, port=free_port())
        processes["valkey"] = stack.enter_context(_server(valkey, folder))
        urls["BENCH_REDIS"] = valkey.url
    if peer.database:
        postgres = EmbeddedPostgres(directory=folder, sockets=stack.enter_context(socket_directory()))
        processes["postgres"] = stack.enter_context(_server(postgres, folder))
        urls["BENCH_DATABASE"] = postgres.url.replace("+psycopg", "")
    return processes, urls


@contextmanager
def _server(server: EmbeddedServer, folder: Path) -> Iterator[int]:
    server.prepare()
    command: Command = server.command()
    with (folder / f"{server.name}.log").open("ab") as output:
        process = spawn(command, output=output)
    try:
        wait(server.answers, what=server.name)
        yield process.pid
    finally:
        stop(process, command, within=30)


_CELERY = ("{python}", "-m", "celery", "-A", "benchmarks.peers.celery_app", "worker", "--loglevel", "INFO")
_FAST = {"BENCH_TRANSPORT": "aiohttp"}


def _arq(name: str, settings: Mapping[str, str]) -> Peer:
    return Peer(
        name=name,
        environment="asynchronous",
        worker=("{python}", "-m", "arq", "benchmarks.peers.arq_app.WorkerSettings"),
        ready="Starting worker",
        producer=("{python}", "-m", "benchmarks.peers.arq_app"),
        broker=True,
        settings=settings,
    )


def _procrastinate(name: str, settings: Mapping[str, str]) -> Peer:
    program = ("{python}", "-m", "benchmarks.peers.procrastinate_program")
    return Peer(
        name=name,
        environment="asynchronous",
        prepare=(*program, "prepare"),
        worker=(*program, "work"),
        ready="ready",
        producer=(*program, "produce"),
        database=True,
        settings=settings,
    )


def _celery(name: str, task: str, *options: str) -> Peer:
    return Peer(
        name=name,
        environment="celery",
        worker=(*_CELERY, *options),
        ready=" ready.",
        producer=("{python}", "-m", "benchmarks.peers.celery_producer", task),
        broker=True,
    )


def _bare(name: str, kind: str, settings: Mapping[str, str]) -> Peer:
    producer = ("{python}", "-m", "benchmarks.peers.bare", kind)
    return Peer(name=name, environment="asynchronous", producer=producer, settings=settings)


NAIVE = _celery("Celery, a loop that sleeps (gevent)", "loop", "--pool", "gevent", "--concurrency", "1000")
RETRY = _celery("Celery, `self.retry`", "retry", "--concurrency", "2")
ARQ = _arq("arq", {})
PROCRASTINATE = _procrastinate("Procrastinate", {})
BARE_HTTPX = _bare("bare asyncio + httpx", "httpx", {})
BARE_AIOHTTP = _bare("bare asyncio + aiohttp", "aiohttp", {})
ARQ_FAST = _arq("arq, httpx over aiohttp", _FAST)
PROCRASTINATE_FAST = _procrastinate("Procrastinate, httpx over aiohttp", _FAST)
BARE_FAST = _bare("bare asyncio, httpx over aiohttp", "httpx", _FAST)
