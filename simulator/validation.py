"""Which create bodies does the API refuse, and with which words?"""

import re
from typing import Any

from simulator.answers import ApiError
from simulator.interaction import is_research

_TEXT, _FLAG, _MAP, _LIST = (str,), (bool,), (dict,), (list,)
FIELDS: dict[str, tuple[type, ...]] = {
    "model": _TEXT,
    "agent": _TEXT,
    "input": (str, dict, list),
    "background": _FLAG,
    "store": _FLAG,
    "stream": _FLAG,
    "previous_interaction_id": _TEXT,
    "system_instruction": _TEXT,
    "tools": _LIST,
    "agent_config": _MAP,
    "generation_config": _MAP,
    "response_format": (dict, list),
    "response_mime_type": _TEXT,
    "response_modalities": _LIST,
    "service_tier": _TEXT,
    "webhook_config": _MAP,
    "environment": (str, dict),
    "labels": _MAP,
    "safety_settings": _LIST,
    "cached_content": _TEXT,
    "continuation_token": _TEXT,
}
_TOOLS = {"function", "google_search", "code_execution", "url_context", "computer_use", "mcp_server", "file_search"}
_TOOLS |= {"google_maps", "retrieval", "tool_search"}
_MODALITIES = {"text", "image", "audio", "video", "document"}
_THINKING_LEVELS = ("minimal", "low", "medium", "high", "xhigh")
_CHOICES = ("auto", "any", "none", "validated")
_CONFIG: dict[str, tuple[type, ...]] = {
    "temperature": (int, float),
    "top_p": (int, float),
    "seed": (int,),
    "stop_sequences": _LIST,
    "max_output_tokens": (int,),
    "thinking_level": _TEXT,
    "thinking_summaries": _TEXT,
    "tool_choice": (str, dict),
    "speech_config": (dict, list),
    "image_config": _MAP,
    "video_config": _MAP,
    "transcription_config": _MAP,
}
_AGENT_NAME = re.compile(r"^(deep-research|antigravity|code-mender)")
_MODEL_NAME = re.compile(r"^(models/)?(gemini|gemma|lyria|veo|imagen|nano)[\w.\-]*$")


def validate(body: Any) -> dict[str, Any]:
    """Return the create body unchanged; raise ApiError if the API would refuse it."""
    if not isinstance(body, dict):
        raise ApiError(400, "The request body must be a JSON object.")
    for check in _CHECKS:
        check(body)
    return body


def _fields(body: dict[str, Any]) -> None:
    for name, value in body.items():
        if name not in FIELDS:
            raise ApiError(400, f"Unknown parameter: '{name}'.", code="parameter_unknown")
        if value is not None and not isinstance(value, FIELDS[name]):
            raise ApiError(400, f"Invalid value for '{name}'.")
    if any(not isinstance(value, str) for value in (body.get("labels") or {}).values()):
        raise ApiError(400, "Invalid value for 'labels': values must be strings.")
    if not _modalities(body) <= _MODALITIES:
        raise ApiError(400, "Invalid value for 'response_modalities'.")


def _modalities(body: dict[str, Any]) -> set[str]:
    formats = body.get("response_format")
    typed = {str(one.get("type")) for one in formats if isinstance(one, dict)} if isinstance(formats, list) else set()
    return {str(one).lower() for one in body.get("response_modalities") or []} | (typed & {"video", "document"})


def _tools(body: dict[str, Any]) -> None:
    for tool in body.get("tools") or []:
        if not isinstance(tool, dict) or not isinstance(tool.get("type"), str):
            raise ApiError(400, "Invalid value for 'tools': each tool needs a 'type'.")
        if tool["type"] not in _TOOLS:
            raise ApiError(400, f"Invalid value for 'tools': unknown type '{tool['type']}'.")
        if tool["type"] == "function" and not isinstance(tool.get("name"), str):
            raise ApiError(400, "Invalid value for 'tools': a function needs a 'name'.")
        if tool["type"] == "mcp_server" and not isinstance(tool.get("url"), str):
            raise ApiError(400, "Invalid value for 'tools': an MCP server needs a 'url'.")


def _generation_config(body: dict[str, Any]) -> None:
    for name, value in (body.get("generation_config") or {}).items():
        if name not in _CONFIG:
            raise ApiError(400, f"Unknown parameter: 'generation_config.{name}'.", code="parameter_unknown")
        if value is not None and (not isinstance(value, _CONFIG[name]) or isinstance(value, bool)):
            raise ApiError(400, f"Invalid value for 'generation_config.{name}'.")
    config = body.get("generation_config") or {}
    limit, level, choice = config.get("max_output_tokens"), config.get("thinking_level"), config.get("tool_choice")
    if limit is not None and limit < 1:
        raise ApiError(400, "Invalid value for 'generation_config.max_output_tokens': must be positive.")
    if level is not None and level not in _THINKING_LEVELS:
        raise ApiError(400, "Invalid value for 'generation_config.thinking_level'.")
    if isinstance(choice, str) and choice.lower() not in _CHOICES:
        raise ApiError(400, "Invalid value for 'generation_config.tool_choice'.")


def _target(body: dict[str, Any]) -> None:
    model, agent = body.get("model"), body.get("agent")
    if bool(model) == bool(agent):
        raise ApiError(400, "Exactly one of 'model' and 'agent' must be given.")
    if model and _AGENT_NAME.match(model):
        raise ApiError(400, f"'{model}' is an agent. Pass it as 'agent' instead of 'model'.")
    if agent and _MODEL_NAME.match(agent):
        raise ApiError(400, f"'{agent}' is a model. Pass it as 'model' instead of 'agent'.")
    if model and not _MODEL_NAME.match(model):
        raise ApiError(404, f"Model '{model}' was not found.", code="model_not_found")


def _input(body: dict[str, Any]) -> None:
    given = body.get("input")
    if given is None and not body.get("continuation_token"):
        raise ApiError(400, "'input' is required.")
    for item in given if isinstance(given, list) else []:
        if not isinstance(item, dict) or not (isinstance(item.get("type"), str) or "role" in item):
            raise ApiError(400, "Invalid value for 'input': each item needs a 'type'.")


def _target_fields(body: dict[str, Any]) -> None:
    foreign = ("generation_config", "cached_content") if body.get("agent") else ("agent_config",)
    for name in foreign:
        if body.get(name) is not None:
            raise ApiError(400, f"'{name}' cannot be used with {'an agent' if body.get('agent') else 'a model'}.")


def _background(body: dict[str, Any]) -> None:
    background = body.get("background")
    if background and body.get("store") is False:
        raise ApiError(400, "'background' requires 'store' to be true.")
    if is_research(body) and not background:
        raise ApiError(400, f"Agent '{body['agent']}' must be run with 'background' set to true.")
    hook = body.get("webhook_config")
    if hook is None:
        return
    if not background:
        raise ApiError(400, "'webhook_config' requires 'background' to be true.")
    uris = hook.get("uris")
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise ApiError(400, "Invalid value for 'webhook_config.uris'.")


def _research(body: dict[str, Any]) -> None:
    if not is_research(body):
        return
    for name in ("system_instruction", "response_format"):
        if body.get(name):
            raise ApiError(400, f"'{name}' is not supported by agent '{body['agent']}'.")
    if any(tool["type"] == "function" for tool in body.get("tools") or []):
        raise ApiError(400, f"Function tools are not supported by agent '{body['agent']}'.")


def _unsimulated(body: dict[str, Any]) -> None:
    kinds = {tool["type"] for tool in body.get("tools") or []}
    wanted = {
        "computer use": "computer_use" in kinds,
        "output of video or documents": _modalities(body) & {"video", "document"},
    }
    for feature, asked in wanted.items():
        if asked:
            raise ApiError(501, f"The simulator does not do {feature}.")


_CHECKS = (_fields, _tools, _target, _input, _generation_config, _target_fields, _background, _research, _unsimulated)
