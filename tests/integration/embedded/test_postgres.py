import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg
import pytest

from longwatch.embedded.binaries import SETPRIV, runs, unprivileged_prefix
from longwatch.embedded.errors import EmbeddedStartError, PasswordLostError
from longwatch.embedded.postgres import EmbeddedPostgres, socket_directory
from longwatch.embedded.process import spawn
from longwatch.embedded.running import running
from tests.support.databases import libpq
from tests.support.processes import descendants, is_running, mode
from tests.support.waiting import eventually

QUICK = ("fsync=off",)


@pytest.fixture
def sockets() -> Iterator[Path]:
    with socket_directory() as made:
        yield made
    assert not made.exists()


@pytest.fixture
def postgres(tmp_path: Path, sockets: Path) -> EmbeddedPostgres:
    directory = tmp_path / 'data\'s "深" folder'
    directory.mkdir()
    return EmbeddedPostgres(directory=directory, sockets=sockets, options=QUICK)


@contextmanager
def started(postgres: EmbeddedPostgres) -> Iterator[str]:
    with running(postgres, log=postgres.directory / "log") as url:
        yield url


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_what_was_written_is_there_after_a_restart(postgres: EmbeddedPostgres) -> None:
    with started(postgres) as url:
        execute(url, "CREATE TABLE note AS SELECT 'größer 深' AS text")
    with started(postgres) as url:
        assert execute(url, "SELECT text FROM note") == [("größer 深",)]


def test_nobody_gets_in_without_the_password_and_nobody_over_tcp(postgres: EmbeddedPostgres) -> None:
    with started(postgres) as url:
        assert execute(url, "SHOW listen_addresses") == [("",)]
        host = quote(str(postgres.sockets), safe="")
        with pytest.raises(psycopg.OperationalError, match="no password"):
            psycopg.connect(f"postgresql://longwatch@/postgres?host={host}", passfile="/dev/null")


def test_the_password_is_on_no_command_line(postgres: EmbeddedPostgres) -> None:
    with started(postgres):
        secret = (postgres.directory / "postgres-password").read_text().strip()
        assert not [line for line in descendants(os.getpid()).values() if secret in line]


def test_only_its_owner_reaches_the_cluster_the_socket_and_the_password(postgres: EmbeddedPostgres) -> None:
    with started(postgres):
        assert mode(postgres.cluster) == 0o700
        assert mode(postgres.sockets) == 0o700
        assert mode(postgres.directory / "postgres-password") == 0o600


@contextmanager
def another_user() -> Iterator[None]:
    os.seteuid(1)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_second_local_user_cannot_reach_it(sockets: Path) -> None:
    with TemporaryDirectory() as everybodys:
        directory = Path(everybodys)
        directory.chmod(0o755)
        postgres = EmbeddedPostgres(directory=directory, sockets=sockets, options=QUICK)
        with started(postgres) as url, another_user():
            for secret in (postgres.cluster / "PG_VERSION", directory / "postgres-password"):
                with pytest.raises(PermissionError):
                    secret.read_text()
            with pytest.raises(psycopg.OperationalError, match="Permission denied"):
                psycopg.connect(libpq(url))


@pytest.mark.skipif(os.geteuid() != 0 or not runs(SETPRIV), reason="needs root with CAP_DAC_OVERRIDE")
def test_root_can_do_without_user_namespaces_and_go_back_to_them(tmp_path: Path, sockets: Path) -> None:
    parent = tmp_path / "private"
    parent.mkdir(mode=0o700)
    for prefix in (SETPRIV, unprivileged_prefix(), SETPRIV):
        postgres = EmbeddedPostgres(directory=parent, sockets=sockets, options=QUICK, prefix=prefix)
        with started(postgres) as url:
            execute(url, "CREATE TABLE IF NOT EXISTS note (number int)")
    assert (parent.stat().st_uid, mode(parent)) == (0, 0o700)


def test_nothing_that_was_there_changes_its_mode(tmp_path: Path, sockets: Path) -> None:
    parent = tmp_path / "mine"
    directory = parent / "data"
    directory.mkdir(parents=True)
    parent.chmod(0o711)
    directory.chmod(0o705)
    with started(EmbeddedPostgres(directory=directory, sockets=sockets, options=QUICK)):
        pass
    assert (mode(parent), mode(directory)) == (0o711, 0o705)


def test_an_initdb_that_was_killed_half_way_is_done_again(postgres: EmbeddedPostgres) -> None:
    unfinished = postgres.directory / "postgres.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with started(postgres) as url:
        assert execute(url, "SELECT 1") == [(1,)]
    assert not unfinished.exists()


def test_a_cluster_whose_password_is_gone_is_not_given_another(postgres: EmbeddedPostgres) -> None:
    with started(postgres):
        pass
    (postgres.directory / "postgres-password").unlink()
    with pytest.raises(PasswordLostError, match="postgres-password is missing"), started(postgres):
        pass


@pytest.mark.parametrize("left", ["", "999999\n", f"{os.getpid()}\n"], ids=["empty", "dead", "living stranger"])
def test_a_stale_lock_is_no_obstacle(postgres: EmbeddedPostgres, left: str) -> None:
    with started(postgres):
        pass
    (postgres.cluster / "postmaster.pid").write_text(left)
    (postgres.sockets / ".s.PGSQL.5432.lock").write_text(left)
    with started(postgres) as url:
        assert execute(url, "SELECT 1") == [(1,)]


def test_a_server_that_outlived_its_supervisor_is_stopped_first(postgres: EmbeddedPostgres) -> None:
    postgres.prepare()
    with (postgres.directory / "log").open("ab") as output:
        orphan = spawn(postgres.command(), output=output)
    eventually(postgres.answers)
    with started(postgres) as url:
        assert orphan.wait(10) == 0
        assert execute(url, "SELECT 1") == [(1,)]


def test_a_killed_server_recovers_what_was_committed(postgres: EmbeddedPostgres) -> None:
    postgres.prepare()
    with (postgres.directory / "log").open("ab") as output:
        victim = spawn(postgres.command(), output=output)
    eventually(postgres.answers)
    execute(postgres.url, "CREATE TABLE note AS SELECT 7 AS number")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    with started(postgres) as url:
        assert execute(url, "SELECT number FROM note") == [(7,)]


def test_it_does_not_outlive_the_process_that_started_it(tmp_path: Path, sockets: Path) -> None:
    starter = Path(__file__).parents[2] / "support" / "postgres_program.py"
    argv = [sys.executable, str(starter), str(tmp_path), str(sockets)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        servers = descendants(process.pid)
        assert servers
        process.kill()
    eventually(lambda: not [pid for pid in servers if is_running(pid)])


def test_a_server_that_cannot_start_says_what_it_said(tmp_path: Path, sockets: Path) -> None:
    broken = EmbeddedPostgres(directory=tmp_path, sockets=sockets, options=("no_such_setting=1",))
    with pytest.raises(EmbeddedStartError, match="no_such_setting"), started(broken):
        pass
