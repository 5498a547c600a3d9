import os
import socket
import tomllib
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from longwatch.cli.app import app
from longwatch.embedded.access import database
from longwatch.embedded.lock import held
from longwatch.settings import Settings
from tests.support.cli import longwatch
from tests.support.databases import libpq

ROOT = Path(__file__).parents[3]


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    shown = longwatch("--version")
    assert (shown.returncode, shown.stdout) == (0, f"longwatch {project['version']}\n")


def test_help_names_every_command() -> None:
    shown = longwatch("--help")
    assert shown.returncode == 0
    assert {
        "up",
        "migrate",
        "reparse",
        "rotate-keys",
        "keys",
        "policy",
        "doctor",
        "hooks",
        "pause",
        "resume",
        "pauses",
    } <= set(shown.stdout.split())


EVERY = ["up", "migrate", "reparse", "rotate-keys", "keys create", "keys list", "keys revoke", "policy show", "doctor"]
EVERY += ["hooks register", "hooks list", "hooks remove", "hooks rotate"]


@pytest.mark.parametrize("command", EVERY)
def test_every_command_takes_the_data_directory_of_up(command: str) -> None:
    shown = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"})
    assert (shown.exit_code, "--data-dir" in shown.output) == (0, True)


def test_a_database_without_a_schema_is_named_with_the_remedy(tmp_path: Path) -> None:
    for command in (
        ["keys", "list"],
        ["policy", "show", "deep-research-preview-04-2026"],
        ["reparse"],
        ["rotate-keys"],
    ):
        done = longwatch(*command, "--data-dir", str(tmp_path))
        assert (done.returncode, done.stdout) == (1, "")
        assert "longwatch migrate" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_database_that_is_away_is_said_in_a_line_without_its_password() -> None:
    url = "postgresql://longwatch:the-password@127.0.0.1:1/longwatch"
    done = longwatch("keys", "list", LONGWATCH_DATABASE_URL=url)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "cannot be reached" in done.stderr
    assert "the-password" not in done.stderr


def test_migrate_starts_the_database_for_its_own_time_and_may_run_twice(tmp_path: Path) -> None:
    for _ in range(2):
        done = longwatch("migrate", LONGWATCH_DATA_DIR=str(tmp_path))
        assert (done.returncode, done.stdout) == (0, "the database is at the newest schema\n")
    with (
        database(Settings(data_dir=tmp_path), command="this test") as url,
        psycopg.connect(libpq(url)) as connection,
    ):
        assert connection.execute("SELECT count(*) FROM job").fetchone() == (0,)


def test_migrate_uses_the_configured_database(empty_database_url: str, tmp_path: Path) -> None:
    done = longwatch("migrate", LONGWATCH_DATABASE_URL=empty_database_url, LONGWATCH_DATA_DIR=str(tmp_path / "none"))
    assert done.returncode == 0
    with psycopg.connect(libpq(empty_database_url)) as connection:
        assert connection.execute("SELECT count(*) FROM job").fetchone() == (0,)
    assert not (tmp_path / "none").exists()


def test_a_port_that_is_taken_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = longwatch("up", "--data-dir", str(tmp_path), "--api-port", str(port))
    assert refused.returncode == 2
    assert f"Port {port} is taken" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_data_directory_in_use_is_left_alone(tmp_path: Path) -> None:
    with held(tmp_path, by="longwatch up"):
        refused = longwatch("up", "--data-dir", str(tmp_path))
    assert refused.returncode == 1
    assert f"in use by longwatch up (pid {os.getpid()})" in refused.stderr


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    refused = longwatch("migrate", LONGWATCH_DATA_DIR=str(tmp_path), LONGWATCH_MAX_RUNNING="many")
    assert refused.returncode == 2
    assert "max_running" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_of_ones_own_without_encryption_keys_is_refused(tmp_path: Path) -> None:
    refused = longwatch("up", "--data-dir", str(tmp_path), LONGWATCH_DATABASE_URL="postgresql://elsewhere/")
    assert refused.returncode == 1
    assert "LONGWATCH_ENCRYPTION_KEYS" in refused.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_directory_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    refused = longwatch("migrate", LONGWATCH_DATA_DIR=str(tmp_path / "data"))
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("nowhere", ["/proc/longwatch", "a file"])
def test_a_data_directory_that_cannot_be_is_one_message(tmp_path: Path, nowhere: str) -> None:
    (tmp_path / "a file").write_text("")
    refused = longwatch("up", "--data-dir", str(tmp_path / nowhere))
    assert refused.returncode == 1
    assert nowhere in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
