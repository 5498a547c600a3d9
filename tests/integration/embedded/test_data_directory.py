import json
import os
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from standardwebhooks import Webhook

from longwatch.embedded import runfile
from longwatch.embedded.access import broker, database
from longwatch.embedded.errors import DataDirectoryHeldError
from longwatch.embedded.keys import EncryptionKeysMissingError, keys_of
from longwatch.embedded.lock import held, is_held
from longwatch.embedded.private import kept, private_directory, write_private
from longwatch.embedded.runfile import RunFile
from longwatch.settings import Settings
from tests.support.databases import libpq
from tests.support.processes import mode


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def test_a_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    with (
        held(tmp_path, by="longwatch up"),
        pytest.raises(DataDirectoryHeldError, match=rf"in use by longwatch up \(pid {os.getpid()}\).*--data-dir"),
        held(tmp_path, by="longwatch migrate"),
    ):
        pass


def test_a_directory_is_free_again_after_its_holder(tmp_path: Path) -> None:
    with held(tmp_path, by="longwatch up"):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)
    with held(tmp_path, by="longwatch migrate"):
        assert is_held(tmp_path)


def test_a_directory_that_we_make_is_its_owners_only_and_one_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    assert mode(private_directory(tmp_path / "new")) == 0o700
    (tmp_path / "old").mkdir()
    (tmp_path / "old").chmod(0o755)
    assert mode(private_directory(tmp_path / "old")) == 0o755


def test_a_secret_is_made_once_and_kept_for_its_owner(tmp_path: Path) -> None:
    answers = iter(["first", "second"])
    assert [kept(tmp_path / "secret", lambda: next(answers)) for _ in range(2)] == ["first", "first"]
    assert mode(tmp_path / "secret") == 0o600


def test_a_secret_file_cut_short_by_a_crash_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("")
    assert kept(tmp_path / "secret", lambda: "whole") == "whole"


def test_every_key_is_made_in_a_form_that_its_user_takes(settings: Settings) -> None:
    keys = keys_of(settings)
    assert len(keys.api_key) >= 32
    Webhook(keys.webhook_secret)
    Fernet(keys.encryption_keys)
    assert keys_of(settings) == keys
    made = {path.name: mode(path) for path in settings.data_dir.iterdir()}
    assert made == dict.fromkeys(["api-key", "webhook-secret", "encryption-key", "flower-password"], 0o600)


def test_a_push_token_is_made_only_where_push_is_on(settings: Settings) -> None:
    assert keys_of(settings).push_token is None
    reachable = settings.model_copy(update={"public_url": "https://jobs.example"})
    token = keys_of(reachable).push_token
    assert token is not None
    assert keys_of(reachable).push_token == token
    assert mode(settings.data_dir / "push-token") == 0o600
    assert Settings(public_url="https://jobs.example", push_token=token).push_url is not None


def test_configured_keys_win_and_are_not_written_down(tmp_path: Path) -> None:
    configured = Settings.model_validate(
        {"data_dir": tmp_path, "api_key": "mine", "webhook_secret": "whsec_YQ==,whsec_Yg==", "encryption_keys": "k1 k2"}
    )
    keys = keys_of(configured)
    assert (keys.api_key, keys.webhook_secret, keys.encryption_keys) == ("mine", "whsec_YQ== whsec_Yg==", "k1 k2")
    assert [path.name for path in tmp_path.iterdir()] == ["flower-password"]


def test_a_database_of_ones_own_needs_encryption_keys_of_ones_own(tmp_path: Path) -> None:
    with pytest.raises(EncryptionKeysMissingError, match="LONGWATCH_ENCRYPTION_KEYS"):
        keys_of(Settings(data_dir=tmp_path, database_url="postgresql://elsewhere/"))


def test_the_run_file_counts_only_while_its_writer_lives(tmp_path: Path) -> None:
    run = RunFile(pid=os.getpid(), urls={"broker": "redis://there"}, processes={"api": 7})
    run.write(tmp_path)
    assert runfile.read_live(tmp_path) is None
    with held(tmp_path, by="longwatch up"):
        assert runfile.read_live(tmp_path) == run
    assert mode(tmp_path / "run.json") == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"unknown": 1}'])
def test_a_run_file_that_cannot_be_read_counts_as_none(tmp_path: Path, text: str) -> None:
    write_private(tmp_path / "run.json", text)
    with held(tmp_path, by="longwatch up"):
        assert runfile.read_live(tmp_path) is None


def test_clearing_removes_the_socket_folder_that_a_killed_run_left_but_nothing_else(tmp_path: Path) -> None:
    sockets, documents = tmp_path / "longwatch-x1", tmp_path / "documents"
    for folder in (sockets, documents):
        folder.mkdir()
        RunFile(pid=1, sockets=str(folder)).write(tmp_path)
        runfile.clear(tmp_path)
    assert not sockets.exists()
    assert documents.exists()
    assert not (tmp_path / "run.json").exists()


def test_a_command_uses_the_configured_database(tmp_path: Path) -> None:
    configured = Settings(data_dir=tmp_path / "data", database_url="postgresql://elsewhere/")
    with database(configured, command="longwatch migrate") as url:
        assert url == "postgresql://elsewhere/"
    assert not (tmp_path / "data").exists()


def test_a_command_finds_the_servers_of_a_running_up(settings: Settings) -> None:
    with held(settings.data_dir, by="longwatch up"):
        RunFile(pid=1, urls={"database": "postgresql://up/", "broker": "redis://up/"}).write(settings.data_dir)
        with database(settings, command="longwatch migrate") as url:
            assert url == "postgresql://up/"
        assert broker(settings) == "redis://up/"


def test_a_command_starts_the_database_for_its_own_time_and_leaves_nothing_running(settings: Settings) -> None:
    with database(settings, command="longwatch migrate") as url, psycopg.connect(libpq(url)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert not is_held(settings.data_dir)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(libpq(url))


def test_no_broker_is_found_where_none_runs(settings: Settings) -> None:
    assert broker(settings) is None


def test_the_run_file_is_json_that_other_programs_can_read(tmp_path: Path) -> None:
    RunFile(pid=5, sockets="/tmp/longwatch-1", urls={"api": "http://127.0.0.1:8080"}).write(tmp_path)  # noqa: S108
    assert json.loads((tmp_path / "run.json").read_text()) == {
        "pid": 5,
        "sockets": "/tmp/longwatch-1",  # noqa: S108
        "urls": {"api": "http://127.0.0.1:8080"},
        "processes": {},
    }
