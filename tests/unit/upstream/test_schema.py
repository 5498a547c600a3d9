"""Does our table of request fields know all that the official SDK can send?"""

from typing import Any

import pytest
from google.genai._gaos.types import interactions as theirs
from pydantic import BaseModel

from longwatch.upstream.requests import validate
from longwatch.upstream.schema import AGENT_CONFIGS, CONTENT, REQUEST, RESPONSE_FORMATS, STEPS, TOOLS

AGENT = {"agent": "some-agent", "input": "x"}
MODEL = {"model": "some-model", "input": "x"}

MODELS = {
    "text": theirs.TextContent,
    "image": theirs.ImageContent,
    "audio": theirs.AudioContent,
    "document": theirs.DocumentContent,
    "video": theirs.VideoContent,
}
TOOL_MODELS = {
    "function": theirs.Function,
    "google_search": theirs.GoogleSearch,
    "code_execution": theirs.CodeExecution,
    "url_context": theirs.URLContext,
    "computer_use": theirs.ComputerUse,
    "mcp_server": theirs.MCPServer,
    "file_search": theirs.FileSearch,
    "google_maps": theirs.GoogleMaps,
    "retrieval": theirs.Retrieval,
    "tool_search": theirs.ToolSearch,
}
FORMAT_MODELS = {
    "text": theirs.TextResponseFormat,
    "image": theirs.ImageResponseFormat,
    "audio": theirs.AudioResponseFormat,
    "video": theirs.VideoResponseFormat,
}
CONFIG_MODELS = {
    "deep-research": theirs.DeepResearchAgentConfig,
    "antigravity": theirs.AntigravityAgentConfig,
    "code-mender": theirs.CodeMenderAgentConfig,
}


def names(model: type[BaseModel]) -> list[str]:
    return sorted({field.alias or name for name, field in model.model_fields.items()} - {"type"})


def fields_of(models: dict[str, Any]) -> list[Any]:
    return [pytest.param(kind, name, id=f"{kind}.{name}") for kind in models for name in names(models[kind])]


def is_known(body: dict[str, Any], path: str) -> bool:
    """Return whether the field at *path* is known, whatever else is wrong with its value."""
    return not [problem for problem in validate(body) if problem.field == path and problem.code == "unknown_field"]


@pytest.mark.parametrize("name", names(theirs.CreateAgentInteraction) + names(theirs.CreateModelInteraction))
def test_every_field_of_a_create_is_known(name: str) -> None:
    assert name in REQUEST


@pytest.mark.parametrize(("kind", "name"), fields_of(MODELS))
def test_every_field_of_a_content_is_known(kind: str, name: str) -> None:
    assert is_known(AGENT | {"input": [{"type": kind, name: None}]}, f"request.input[0].{name}")


@pytest.mark.parametrize(("kind", "name"), fields_of(TOOL_MODELS))
def test_every_field_of_a_tool_is_known(kind: str, name: str) -> None:
    assert is_known(MODEL | {"tools": [{"type": kind, name: None}]}, f"request.tools[0].{name}")


@pytest.mark.parametrize(("kind", "name"), fields_of(FORMAT_MODELS))
def test_every_field_of_a_response_format_is_known(kind: str, name: str) -> None:
    assert is_known(MODEL | {"response_format": {"type": kind, name: None}}, f"request.response_format.{name}")


@pytest.mark.parametrize(("kind", "name"), fields_of(CONFIG_MODELS))
def test_every_field_of_an_agent_config_is_known(kind: str, name: str) -> None:
    assert is_known(AGENT | {"agent_config": {"type": kind, name: None}}, f"request.agent_config.{name}")


@pytest.mark.parametrize("name", names(theirs.GenerationConfig))
def test_every_field_of_a_generation_config_is_known(name: str) -> None:
    assert is_known(MODEL | {"generation_config": {name: None}}, f"request.generation_config.{name}")


@pytest.mark.parametrize("name", names(theirs.Environment))
def test_every_field_of_an_environment_is_known(name: str) -> None:
    assert is_known(AGENT | {"environment": {name: None}}, f"request.environment.{name}")


STEP_FIELDS = {
    kind: getattr(theirs, "".join(part.capitalize() for part in kind.split("_")) + "Step", None) for kind in STEPS
}
STEP_MODELS = {kind: model for kind, model in STEP_FIELDS.items() if model is not None}


def test_the_sdk_has_a_model_for_nearly_every_step() -> None:
    assert {"user_input", "function_result", "google_search_call", "thought"} <= STEP_MODELS.keys()


@pytest.mark.parametrize(("kind", "name"), fields_of(STEP_MODELS))
def test_every_field_of_a_step_is_known(kind: str, name: str) -> None:
    assert is_known(AGENT | {"input": [{"type": kind, name: None}]}, f"request.input[0].{name}")


def test_every_kind_that_the_sdk_names_is_known() -> None:
    assert MODELS.keys() == CONTENT.keys()
    assert TOOL_MODELS.keys() == TOOLS.keys()
    assert FORMAT_MODELS.keys() == RESPONSE_FORMATS.keys()
    assert CONFIG_MODELS.keys() | {"dynamic"} == AGENT_CONFIGS.keys()
