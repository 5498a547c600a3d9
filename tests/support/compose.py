"""What docker-compose.yml says, read as compose would read it: variables put in, each service's command and checks."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\})")
_MAKER = re.compile(r"^# \$ (?P<command>.+)\n(?P<name>\w+)=$", re.MULTILINE)
_OPTIONAL = re.compile(r"^#(?P<name>\w+)=(?P<value>.*)$", re.MULTILINE)


class MissingVariableError(KeyError):
    """A variable that the file asks for with `:?` has no value."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service, its variables filled in; `definition` has the rest as written."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    health: tuple[str, ...]
    definition: Mapping[str, Any]

    @property
    def grace(self) -> float:
        """Return how many seconds it has between SIGTERM and SIGKILL."""
        return float(str(self.definition.get("stop_grace_period", "10s")).removesuffix("s"))

    @property
    def ours(self) -> bool:
        """Return whether it runs from our image."""
        return "build" in self.definition


def read_compose(variables: Mapping[str, str]) -> dict[str, Service]:
    """Return every service of docker-compose.yml by name; raise MissingVariableError."""
    document = yaml.safe_load(compose_text())
    return {name: _service(name, found, variables) for name, found in document["services"].items()}


def compose_text() -> str:
    """Return docker-compose.yml as written."""
    return (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def example_text() -> str:
    """Return .env.example as written."""
    return (ROOT / ".env.example").read_text(encoding="utf-8")


def made_secrets() -> dict[str, str]:
    """Return the needed variables of .env.example, each made by the command that stands above it."""
    return {found["name"]: _said(found["command"]) for found in _MAKER.finditer(example_text())}


def optional_variables() -> dict[str, str]:
    """Return the variables that .env.example leaves out, with the values shown; the last one of a name counts."""
    return {found["name"]: found["value"] for found in _OPTIONAL.finditer(example_text())}


def variables_asked_for(text: str) -> set[str]:
    """Return the name of every variable in *text*."""
    return {found["name"] for found in _VARIABLE.finditer(text) if found["name"]}


def image_environment() -> dict[str, str]:
    """Return what the final stage of the Dockerfile sets."""
    final = (ROOT / "Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    lines = re.findall(r"^ENV (.+)$", final, re.MULTILINE)
    return dict(word.split("=", 1) for line in lines for word in line.split())


def _said(command: str) -> str:
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()


def _service(name: str, found: Mapping[str, Any], variables: Mapping[str, str]) -> Service:
    definition = _filled(found, variables)
    environment = definition.get("environment", {})
    given = {key: variables.get(key) if value is None else str(value) for key, value in environment.items()}
    kind, *health = definition.get("healthcheck", {}).get("test", ["NONE"])
    assert kind in {"CMD", "NONE"}, f"{name}: only exec-form checks are read here"
    return Service(
        name=name,
        command=tuple(definition["command"]),
        environment={key: value for key, value in given.items() if value is not None},
        health=tuple(health),
        definition=definition,
    )


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    match value:
        case str():
            return _VARIABLE.sub(lambda found: _value(found, variables), value)
        case list():
            return [_filled(item, variables) for item in value]
        case dict():
            return {key: _filled(item, variables) for key, item in value.items()}
    return value


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if not found["name"]:
        return "$"
    given = variables.get(found["name"], "")
    if not given and found["kind"] == "?":
        raise MissingVariableError(found["name"])
    return given or (found["word"] or "" if found["kind"] == "-" else "")
