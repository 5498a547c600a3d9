import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from longwatch.settings import Settings
from longwatch.supervisor.announcement import hints_of, notice_of, ready_line, urls_of
from longwatch.supervisor.installation import Installation, Options, resolve
from longwatch.supervisor.part import Part
from longwatch.supervisor.plan import stages_of
from longwatch.supervisor.ports import Promises

OWN_SERVERS = {
    "database_url": "postgresql+psycopg://me:secret@db/longwatch",
    "broker_url": "redis://queue/0",
    "encryption_keys": "some-key",
}


@pytest.fixture(autouse=True)
def _no_settings_of_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEMINI_API_KEY", "LONGWATCH_UPSTREAM_URL", "LONGWATCH_DATABASE_URL", "LONGWATCH_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)


def planned(directory: Path, configured: Mapping[str, object] | None = None, **options: Any) -> Installation:
    settings = Settings.model_validate({"data_dir": directory, **(configured or {})})
    with closing(Promises()) as promises:
        return resolve(
            Options(data_dir=directory, **options), settings, sockets=directory / "sockets", promises=promises
        )


def parts_of(installation: Installation) -> dict[str, Part]:
    return {part.name: part for stage in stages_of(installation, {}) for part in stage}


def test_servers_come_first_then_the_schema_then_ours(tmp_path: Path) -> None:
    stages = stages_of(planned(tmp_path), {})
    assert [[part.name for part in stage] for stage in stages] == [
        ["valkey", "postgres"],
        ["migrate", "simulator"],
        ["api", "scheduler", "worker", "follow", "flower"],
    ]


def test_configured_servers_are_used_instead_of_bundled_ones(tmp_path: Path) -> None:
    installation = planned(tmp_path, OWN_SERVERS)
    assert not {"valkey", "postgres"} & set(parts_of(installation))
    env = installation.environment({})
    assert env["LONGWATCH_DATABASE_URL"] == OWN_SERVERS["database_url"]
    assert env["LONGWATCH_BROKER_URL"] == OWN_SERVERS["broker_url"]


def test_without_a_key_a_simulator_answers_and_it_is_said(tmp_path: Path) -> None:
    installation = planned(tmp_path)
    assert installation.environment({})["LONGWATCH_UPSTREAM_URL"] == f"http://127.0.0.1:{installation.simulator_port}"
    assert ready_line(installation).endswith("upstream=simulator")
    assert "SIMULATOR" in "\n".join(notice_of(installation))


def test_with_a_key_google_answers(tmp_path: Path) -> None:
    installation = planned(tmp_path, {"gemini_api_key": "real"})
    assert "simulator" not in parts_of(installation)
    assert "upstream=https://generativelanguage.googleapis.com" in ready_line(installation)
    assert "SIMULATOR" not in "\n".join(notice_of(installation))


@pytest.mark.parametrize("how", ["option", "setting"])
def test_an_upstream_that_is_named_is_used(tmp_path: Path, how: str) -> None:
    url = "http://127.0.0.1:9999"
    named = planned(tmp_path, upstream=url) if how == "option" else planned(tmp_path, {"upstream_url": url})
    assert "simulator" not in parts_of(named)
    assert named.environment({})["LONGWATCH_UPSTREAM_URL"] == url


def test_the_ready_line_has_every_url_in_its_order(tmp_path: Path) -> None:
    url = r"http://127\.0\.0\.1:\d+"
    pattern = rf"ready api={url} console={url}/\S* flower={url} upstream=simulator"
    assert re.fullmatch(pattern, ready_line(planned(tmp_path)))
    assert "flower" not in ready_line(planned(tmp_path, flower=False))


def test_what_is_ready_comes_with_a_request_to_copy_and_the_logins(tmp_path: Path) -> None:
    installation = planned(tmp_path / "my data")
    hints = "\n".join(hints_of(installation))
    assert f"the API key is in {tmp_path / 'my data' / 'api-key'}" in hints
    assert (
        f"curl {installation.api_url}/v1/jobs -H \"Authorization: Bearer $(cat '{tmp_path}/my data/api-key')\"" in hints
    )
    assert f"{installation.flower_url}  login longwatch / {installation.keys.flower_password}" in hints
    assert installation.keys.api_key not in hints


def test_a_key_of_ones_own_is_named_not_shown(tmp_path: Path) -> None:
    hints = "\n".join(hints_of(planned(tmp_path, {"api_key": "my own"}, flower=False)))
    assert "Bearer $LONGWATCH_API_KEY" in hints
    assert "my own" not in hints
    assert "Flower" not in hints


def test_only_parts_that_have_something_to_say_to_a_person_are_shown(tmp_path: Path) -> None:
    parts = parts_of(planned(tmp_path))
    assert {name for name, part in parts.items() if part.quiet} == {"postgres", "valkey", "flower"}


def test_without_flower_there_is_no_flower(tmp_path: Path) -> None:
    installation = planned(tmp_path, flower=False)
    assert "flower" not in parts_of(installation)
    assert "flower" not in urls_of(installation)


def test_the_parts_are_the_production_commands(tmp_path: Path) -> None:
    lines = {name: " ".join(part.command.argv) for name, part in parts_of(planned(tmp_path, workers=3)).items()}
    assert "uvicorn api.app:app" in lines["api"]
    assert lines["scheduler"].endswith("-m scheduler")
    assert "celery -A worker.app worker" in lines["worker"]
    assert lines["follow"].endswith("-m worker.follow")
    assert "--concurrency 3" in lines["worker"]
    assert "celery -A longwatch.broker flower" in lines["flower"]
    assert "simulator --host 127.0.0.1" in lines["simulator"]


def test_no_secret_stands_on_a_command_line(tmp_path: Path) -> None:
    installation = planned(tmp_path)
    lines = " ".join(word for part in parts_of(installation).values() for word in part.command.argv)
    keys = installation.keys
    for secret in (keys.api_key, keys.webhook_secret, keys.encryption_keys, keys.flower_password):
        assert secret not in lines
    assert installation.database_url not in lines
    assert installation.broker_url not in lines


def test_every_part_is_given_the_same_installation(tmp_path: Path) -> None:
    installation = planned(tmp_path)
    ours = [part for name, part in parts_of(installation).items() if name not in {"postgres", "valkey"}]
    for part in ours:
        assert part.command.env["LONGWATCH_DATABASE_URL"] == installation.database_url
        assert part.command.env["LONGWATCH_API_KEY"] == installation.keys.api_key
        assert part.command.env["LONGWATCH_DATA_DIR"] == str(tmp_path)


def test_the_bundled_servers_are_given_nothing_of_the_callers_environment(tmp_path: Path) -> None:
    stages = stages_of(planned(tmp_path), {"GEMINI_API_KEY": "real"})
    assert all("GEMINI_API_KEY" not in part.command.env for part in stages[0])


def test_a_quiet_log_level_does_not_hide_that_a_part_is_ready(tmp_path: Path) -> None:
    assert planned(tmp_path, {"log_level": "error"}).environment({})["LONGWATCH_LOG_LEVEL"] == "info"
    assert planned(tmp_path, {"log_level": "debug"}).environment({})["LONGWATCH_LOG_LEVEL"] == "debug"


def test_the_worker_has_longer_to_stop_than_a_create_may_take(tmp_path: Path) -> None:
    steps = [(step.signal.name, step.seconds) for step in parts_of(planned(tmp_path))["worker"].stop]
    assert steps == [("SIGTERM", 40.0), ("SIGQUIT", 8.0)]
