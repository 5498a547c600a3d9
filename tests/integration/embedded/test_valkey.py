import os
import signal
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from longwatch.embedded.process import spawn
from longwatch.embedded.running import running
from longwatch.embedded.valkey import EmbeddedValkey, free_port
from tests.support.processes import descendants, mode
from tests.support.waiting import eventually


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / 'a "quoted" \\ 深 folder'
    made.mkdir()
    return made


def valkey_in(folder: Path) -> EmbeddedValkey:
    return EmbeddedValkey(directory=folder, port=free_port())


def test_the_queue_survives_a_restart_on_another_port(folder: Path) -> None:
    with running(valkey_in(folder), log=folder / "log") as url, redis.Redis.from_url(url) as client:
        client.rpush("nudges", "poll")
    with running(valkey_in(folder), log=folder / "log") as url, redis.Redis.from_url(url) as client:
        assert client.lrange("nudges", 0, -1) == [b"poll"]


def test_the_queue_survives_a_kill(folder: Path) -> None:
    valkey = valkey_in(folder)
    valkey.prepare()
    with (folder / "log").open("ab") as output:
        victim = spawn(valkey.command(), output=output)
    eventually(valkey.answers)
    with redis.Redis.from_url(valkey.url) as client:
        client.rpush("nudges", "poll")
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    with running(valkey, log=folder / "log") as url, redis.Redis.from_url(url) as client:
        assert client.llen("nudges") == 1


def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    valkey = valkey_in(folder)
    with (
        running(valkey, log=folder / "log"),
        redis.Redis(port=valkey.port, retry=Retry(NoBackoff(), 0)) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_the_password_is_on_no_command_line_and_its_files_are_its_owners(folder: Path) -> None:
    with running(valkey_in(folder), log=folder / "log"):
        secret = (folder / "valkey-password").read_text().strip()
        assert not [line for line in descendants(os.getpid()).values() if secret in line]
        assert mode(folder / "valkey") == 0o700
        assert mode(folder / "valkey-password") == 0o600


def test_it_listens_on_loopback_only(folder: Path) -> None:
    with running(valkey_in(folder), log=folder / "log") as url, redis.Redis.from_url(url) as client:
        assert client.config_get("bind") == {"bind": "127.0.0.1"}


def test_a_server_that_outlived_its_supervisor_is_stopped_first(folder: Path) -> None:
    first = valkey_in(folder)
    first.prepare()
    with (folder / "log").open("ab") as output:
        orphan = spawn(first.command(), output=output)
    eventually(first.answers)
    with running(valkey_in(folder), log=folder / "log"):
        assert orphan.wait(10) == 0
