"""What docker-compose.yml promises, read from the file itself."""

import re

import pytest

from longwatch.settings import Settings
from tests.support.compose import (
    ROOT,
    MissingVariableError,
    Service,
    compose_text,
    example_text,
    made_secrets,
    optional_variables,
    read_compose,
    variables_asked_for,
)
from worker.runtime import CREATE_SECONDS

LOCAL_ONLY = {"LONGWATCH_DATA_DIR", "LONGWATCH_SIMULATOR_SPEED"}
SPOKEN = re.compile(r"^\s+(LONGWATCH_\w+|GEMINI_API_KEY):", re.MULTILINE)
GIVEN = re.compile(r"^(\w+)=", re.MULTILINE)


@pytest.fixture
def services() -> dict[str, Service]:
    return read_compose(made_secrets())


def variable_of(setting: str) -> str:
    return setting.upper() if setting == "gemini_api_key" else f"LONGWATCH_{setting.upper()}"


def test_every_setting_reaches_a_service() -> None:
    settings = {variable_of(name) for name in Settings.model_fields}
    assert set(SPOKEN.findall(compose_text())) == settings - LOCAL_ONLY


@pytest.mark.parametrize("process", ["api", "scheduler", "worker"])
def test_every_setting_that_a_process_reads_is_given_to_it(process: str) -> None:
    code = "".join(path.read_text() for path in (ROOT / process).glob("*.py"))
    read = set(re.findall(r"settings\.([a-z_0-9]+)", code, re.IGNORECASE)) & set(Settings.model_fields)
    given = read_compose(made_secrets() | {variable_of(name): "given" for name in Settings.model_fields})
    assert {variable_of(name) for name in read} <= set(given[process].environment)


def test_every_variable_is_explained_in_the_example() -> None:
    asked = variables_asked_for(compose_text()) | set(SPOKEN.findall(compose_text()))
    made_by_the_file = {"LONGWATCH_DATABASE_URL", "LONGWATCH_BROKER_URL"}
    explained = set(GIVEN.findall(example_text())) | set(optional_variables())
    assert explained == (asked - made_by_the_file) | {"COMPOSE_PROFILES"}


def test_the_values_shown_in_the_example_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {name: value for name, value in optional_variables().items() if name.startswith("LONGWATCH_") and value}
    assert shown.pop("LONGWATCH_LOG_FORMAT") == "json"
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_of(name), raising=False)
    plain = Settings()
    for name, value in shown.items():
        monkeypatch.setenv(name, value)
    assert Settings() == plain


@pytest.mark.parametrize("needed", sorted(made_secrets()))
def test_nothing_starts_without_each_secret(needed: str) -> None:
    secrets = made_secrets()
    del secrets[needed]
    with pytest.raises(MissingVariableError, match=needed):
        read_compose(secrets)


def test_the_files_hold_no_secret() -> None:
    written = set(GIVEN.findall(example_text()))
    assert written == set(re.findall(r"^(\w+)=$", example_text(), re.MULTILINE))
    secret_lines = [line for line in compose_text().splitlines() if re.search("PASSWORD|SECRET|API_KEY:|_KEYS:", line)]
    assert [line for line in secret_lines if "${" not in line and not line.endswith(":")] == []


def test_a_worker_has_time_to_hear_the_answer_to_an_open_create(services: dict[str, Service]) -> None:
    assert services["worker"].grace > CREATE_SECONDS
    assert "stop_signal" not in services["worker"].definition


def test_our_containers_can_do_little(services: dict[str, Service]) -> None:
    ours = [service.definition for service in services.values() if service.ours]
    assert len(ours) == 7
    for definition in ours:
        assert definition["read_only"]
        assert definition["cap_drop"] == ["ALL"]
        assert definition["security_opt"] == ["no-new-privileges:true"]
    assert "\nUSER 10001\n" in (ROOT / "Dockerfile").read_text()


def test_only_the_api_and_flower_are_published_and_only_to_this_host(services: dict[str, Service]) -> None:
    published = {
        name: service.definition["ports"] for name, service in services.items() if "ports" in service.definition
    }
    assert published == {"api": ["127.0.0.1:8080:8080"], "flower": ["127.0.0.1:5555:5555"]}


def test_the_servers_cannot_reach_the_internet(services: dict[str, Service]) -> None:
    outside = {name for name, service in services.items() if "outside" in service.definition["networks"]}
    assert outside == {"api", "worker", "follow", "flower"}


def test_whatever_reads_the_database_waits_for_its_migration(services: dict[str, Service]) -> None:
    readers = [service for service in services.values() if "LONGWATCH_DATABASE_URL" in service.environment]
    waiting = {service.name for service in readers if "migrate" in service.definition["depends_on"]}
    assert waiting == {"api", "scheduler", "worker", "follow"}
    assert services["migrate"].definition["restart"] == "no"


def test_only_those_that_speak_with_the_upstream_hold_the_key_that_pays(services: dict[str, Service]) -> None:
    paid = read_compose(made_secrets() | {"GEMINI_API_KEY": "a-key"})
    holders = {name for name, service in paid.items() if "GEMINI_API_KEY" in service.environment}
    assert holders == {"api", "worker", "follow"}
    assert "GEMINI_API_KEY" not in services["worker"].environment


def test_the_simulator_stays_out_of_production(services: dict[str, Service]) -> None:
    profiles = {name: service.definition.get("profiles") for name, service in services.items()}
    assert {name for name, found in profiles.items() if found} == {"simulator"}


def test_the_image_takes_only_what_it_runs() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert ignored[1] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == {name for line in copied for name in line.split()}
