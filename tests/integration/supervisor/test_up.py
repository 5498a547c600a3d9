import json
import os
import re
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest

from longwatch.embedded.postgres import EmbeddedPostgres, socket_directory
from longwatch.embedded.running import running
from tests.support.api import FERNET
from tests.support.databases import libpq
from tests.support.installations import ROOT, Up, up
from tests.support.processes import descendants, is_running, mode
from tests.support.refusing_postgres import WRONG_PASSWORD, refusing_postgres
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data directory"


def test_up_brings_everything_and_takes_everything_away(data_dir: Path) -> None:
    with up(data_dir) as running:
        everyone = descendants(running.program.process.pid)
        _every_part_is_a_production_command(everyone)
        _what_it_names_answers(running)
        _the_run_file_is_private_and_true(running)
        _other_commands_find_its_database(running)
        _the_doctor_finds_nothing_wrong(running)
        _a_second_up_is_refused(running)
        _the_request_it_shows_makes_a_job(running)
        sockets = Path(running.run["sockets"])
        running.program.press_ctrl_c()
        assert running.program.exit_code(within=90) == 0
    assert not [line for pid, line in everyone.items() if is_running(pid)]
    assert not (data_dir / "run.json").exists()
    assert not sockets.exists()


def test_what_was_stored_survives_a_restart_and_a_kill(data_dir: Path) -> None:
    with up(data_dir, "--no-flower") as first:
        key = first.api_key
        _execute(first, "CREATE TABLE note AS SELECT 'größer 深' AS text")
        everyone = descendants(first.program.process.pid)
        first.program.process.kill()
        eventually(lambda: not [line for pid, line in everyone.items() if is_running(pid)], within=30)
    with up(data_dir, "--no-flower") as second:
        assert second.api_key == key
        assert _execute(second, "SELECT text FROM note") == [("größer 深",)]


def test_parts_that_are_killed_come_back_and_the_others_go_on(data_dir: Path) -> None:
    data_dir.mkdir()
    data_dir.chmod(0o755)
    with up(data_dir, "--no-flower") as running:
        for part in ("worker", "valkey", "postgres", "api"):
            _comes_back_alone(running, part)
        eventually(lambda: _status(f"{running.urls['api']}/readyz") == 200, within=30)
        _what_was_written_is_its_owners_only(data_dir)


def test_a_database_of_ones_own_that_starts_later_is_waited_for(data_dir: Path, tmp_path: Path) -> None:
    with socket_directory() as sockets, ExitStack() as stack:
        server = EmbeddedPostgres(directory=tmp_path / "elsewhere", sockets=sockets, options=("fsync=off",))
        server.directory.mkdir()
        server.prepare()
        pool = stack.enter_context(ThreadPoolExecutor(max_workers=1))

        def start_when_it_is_waited_for() -> None:
            log = data_dir / "logs" / "migrate.log"
            eventually(lambda: log.exists() and "waiting up to 60 s" in log.read_text(), within=60)
            stack.enter_context(running(server, log=tmp_path / "log"))

        started = pool.submit(start_when_it_is_waited_for)
        own = {"LONGWATCH_DATABASE_URL": server.url, "LONGWATCH_ENCRYPTION_KEYS": FERNET}
        with up(data_dir, "--no-flower", **own) as installation:
            started.result(timeout=1)
            assert _status(f"{installation.urls['api']}/readyz") == 200
            assert installation.program.shown.count("waiting up to 60 s") == 1


def test_a_wrong_password_of_a_database_of_ones_own_ends_it_at_once(data_dir: Path) -> None:
    with refusing_postgres([WRONG_PASSWORD]) as url:
        own = {"LONGWATCH_DATABASE_URL": url, "LONGWATCH_ENCRYPTION_KEYS": FERNET}
        ended = _longwatch("up", data_dir, **own)
    assert ended.returncode == 1
    assert "password authentication failed" in ended.stdout + ended.stderr
    assert "waiting up to" not in ended.stdout + ended.stderr
    assert "a-password" not in ended.stdout + ended.stderr


def _comes_back_alone(running: Up, part: str) -> None:
    before = running.run["processes"]
    os.kill(running.pid_of(part), signal.SIGKILL)
    eventually(lambda: running.run["processes"].get(part) not in {None, before[part]}, within=60)
    assert {name: pid for name, pid in running.run["processes"].items() if name != part} == {
        name: pid for name, pid in before.items() if name != part
    }


def _what_was_written_is_its_owners_only(data_dir: Path) -> None:
    assert mode(data_dir) == 0o755
    assert [path for path in data_dir.iterdir() if mode(path) & 0o077] == []


def _every_part_is_a_production_command(everyone: dict[int, str]) -> None:
    lines = "\n".join(everyone.values())
    for command in ("uvicorn api.app:app", "-m scheduler", "celery -A worker.app worker", "celery -A longwatch.broker"):
        assert command in lines


def _what_it_names_answers(running: Up) -> None:
    assert list(running.urls) == ["api", "console", "flower", "upstream"]
    assert running.urls["upstream"] == "simulator"
    assert _status(f"{running.urls['api']}/readyz") == 200
    assert _status(f"{running.urls['flower']}/healthcheck") == 200
    password = (running.data_dir / "flower-password").read_text().strip()
    workers = f"{running.urls['flower']}/api/workers"
    assert _status(workers) == 401
    assert httpx.get(workers, auth=("longwatch", password), trust_env=False).status_code == 200


def _the_run_file_is_private_and_true(running: Up) -> None:
    assert mode(running.data_dir / "run.json") == 0o600
    assert running.run["pid"] == running.program.process.pid
    assert all(is_running(pid) for pid in running.run["processes"].values())
    assert running.run["urls"]["api"] == running.urls["api"]


def _other_commands_find_its_database(running: Up) -> None:
    assert _longwatch("migrate", running.data_dir).returncode == 0


def _the_doctor_finds_nothing_wrong(running: Up) -> None:
    def told() -> str | None:
        report = _longwatch("doctor", running.data_dir)
        return report.stdout if report.returncode == 0 else None

    said = str(eventually(told, within=60))
    for check in ("workers", "schedulers", "eviction policy", "upstream with key default", "api"):
        assert re.search(rf"^ok +{check} ", said, re.MULTILINE), said
    assert running.api_key not in said


def _a_second_up_is_refused(running: Up) -> None:
    refused = _longwatch("up", running.data_dir)
    assert refused.returncode == 1
    assert f"in use by longwatch up (pid {running.program.process.pid})" in refused.stderr


def _the_request_it_shows_makes_a_job(running: Up) -> None:
    (shown, *_) = eventually(lambda: re.findall(r"curl .*", running.program.shown))
    if shutil.which("curl"):
        made = subprocess.run(["/bin/sh", "-c", shown.strip()], capture_output=True, text=True, check=True)
        assert json.loads(made.stdout)["status"] == "queued"


def _longwatch(command: str, data_dir: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "longwatch.cli", command],
        env={**os.environ, "LONGWATCH_DATA_DIR": str(data_dir), **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def _execute(running: Up, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(libpq(running.run["urls"]["database"]), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def _status(url: str) -> int:
    try:
        return httpx.get(url, trust_env=False, timeout=10).status_code
    except httpx.HTTPError:
        return 0
