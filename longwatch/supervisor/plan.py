"""Which parts `longwatch up` runs, in which stages: the production commands, unchanged."""

import sys
from collections.abc import Mapping
from pathlib import Path
from signal import Signals

from longwatch.embedded.process import Command
from longwatch.embedded.running import EmbeddedServer
from longwatch.supervisor.installation import Installation
from longwatch.supervisor.part import Answers, Finishes, Part, Readiness, Says, StopStep, StopTurn
from longwatch.supervisor.ports import url_of
from longwatch.supervisor.probes import http_ok, listens, serves

_ROOT = Path(__file__).parents[2]
_PYTHON = (sys.executable, "-m")
_SERVER_STOP_SECONDS = 30.0
# Longer than a create's own time-out: a sent create must hear its answer.
_WORKER_STOP = (StopStep(Signals.SIGTERM, 40.0), StopStep(Signals.SIGQUIT, 8.0))


# The banner says what this terminal says already, and whoever runs everything as root has decided so.
_CALM = {"CELERY_QUIET": "1"}
_ROOT_IS_MEANT = "ignore:You're running the worker with superuser privileges"


def stages_of(installation: Installation, inherited: Mapping[str, str]) -> list[list[Part]]:
    """Return the parts of *installation*, stage by stage."""
    env = installation.environment(inherited)
    servers = [_server(server) for server in (installation.valkey, installation.postgres) if server]
    migrate = _program("migrate", ("longwatch.cli", "migrate"), env, Finishes(), StopTurn.SERVERS)
    ours = [_api(installation, env), _scheduler(env), _worker(installation, env), _follower(env)]
    return [
        servers,
        [migrate, *_simulator(installation, env)],
        [*ours, *_flower(installation, env)],
    ]


def _server(server: EmbeddedServer) -> Part:
    command = server.command()
    return Part(
        name=server.name,
        command=command,
        ready=Answers(serves(server)),
        turn=StopTurn.SERVERS,
        prepare=server.prepare,
        stop=(StopStep(command.stop_signal, _SERVER_STOP_SECONDS),),
        quiet=True,
    )


def _simulator(installation: Installation, env: Mapping[str, str]) -> list[Part]:
    port = installation.simulator_port
    if port is None:
        return []
    speed, data_file = str(installation.settings.simulator_speed), str(installation.data_dir / "simulator.jsonl")
    argv = ("simulator", "--host", "127.0.0.1", "--port", str(port), "--speed", speed, "--data-file", data_file)
    return [_program("simulator", argv, env, Answers(listens(port)), StopTurn.UPSTREAM)]


def _api(installation: Installation, env: Mapping[str, str]) -> Part:
    host, port = installation.host, str(installation.api_port)
    where = ("--host", host, "--port", port)
    argv = ("uvicorn", "api.app:app", *where, "--timeout-graceful-shutdown", "5", "--log-level", "warning")
    return _program("api", argv, env, Answers(http_ok(f"{installation.api_url}/readyz")), StopTurn.WORKERS)


def _scheduler(env: Mapping[str, str]) -> Part:
    return _program("scheduler", ("scheduler",), env, Says("scheduler ready"), StopTurn.SCHEDULER)


def _worker(installation: Installation, env: Mapping[str, str]) -> Part:
    size = ("--concurrency", str(installation.workers), "--without-gossip", "--without-mingle")
    argv = ("celery", "-A", "worker.app", "worker", "--loglevel", "INFO", *size)
    warnings = ",".join(filter(None, [env.get("PYTHONWARNINGS"), _ROOT_IS_MEANT]))
    env = {**env, **_CALM, "PYTHONWARNINGS": warnings}
    return _program("worker", argv, env, Says(" ready."), StopTurn.WORKERS, stop=_WORKER_STOP)


def _follower(env: Mapping[str, str]) -> Part:
    return _program("follow", ("worker.follow",), env, Says("follower ready"), StopTurn.WORKERS)


def _flower(installation: Installation, env: Mapping[str, str]) -> list[Part]:
    if installation.flower_port is None:
        return []
    where = (f"--address={installation.host}", f"--port={installation.flower_port}")
    argv = ("celery", "-A", "longwatch.broker", "flower", f"--conf={_ROOT / 'flowerconfig.py'}", *where)
    probe = http_ok(f"{url_of(installation.host, installation.flower_port)}/healthcheck")
    return [_program("flower", argv, env, Answers(probe), StopTurn.WORKERS, quiet=True)]


def _program(
    name: str,
    argv: tuple[str, ...],
    env: Mapping[str, str],
    ready: Readiness,
    turn: StopTurn,
    *,
    stop: tuple[StopStep, ...] = (StopStep(Signals.SIGTERM, 10.0),),
    quiet: bool = False,
) -> Part:
    command = Command(argv=(*_PYTHON, *argv), env=env, cwd=_ROOT)
    return Part(name=name, command=command, ready=ready, turn=turn, stop=stop, quiet=quiet)
