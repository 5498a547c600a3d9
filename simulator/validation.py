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
    if any(not isinstance(tool, dict) or not isinstance(tool.get("type"), str) for tool in body.get("tools") or []):
        raise ApiError(400, "Invalid value for 'tools': each tool needs a 'type'.")


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
        "structured output": body.get("response_format"),
        "output other than text": [one for one in body.get("response_modalities") or [] if one != "text"],
        "function calling": kinds & {"function", "computer_use"},
        "continuation": body.get("continuation_token"),
    }
    for feature, asked in wanted.items():
        if asked:
            raise ApiError(501, f"The simulator does not do {feature}.")


_CHECKS = (_fields, _target, _input, _target_fields, _background, _research, _unsimulated)
