"""Which parts of a create body are secret? They are stored encrypted and apart, and put back for the POST."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final
from urllib.parse import urlsplit

PLACEHOLDER: Final = "[secret]"
_SEARCHES: Final = ("exa_ai_search_config", "parallel_ai_search_config")

# One walk names every place for both directions, so that what is taken out is what is put back.
Slot = tuple[str, dict[str, Any], str]


def split_secrets(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return *body* with placeholders and, by JSON pointer, what is secret in it.

    That is: MCP headers, MCP addresses with credentials or a query, search keys and environment values.
    """
    public = dict(body)
    if next(_slots(public), None) is None:
        return public, {}
    public = deepcopy(public)
    secrets: dict[str, str] = {}
    for pointer, holder, name in _slots(public):
        secrets[pointer] = holder[name]
        holder[name] = PLACEHOLDER
    return public, secrets


def join_secrets(public: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """Return the body as it was before `split_secrets`."""
    body = dict(deepcopy(public))
    for pointer, holder, name in _slots(body):
        holder[name] = secrets.get(pointer, holder[name])
    return body


def hide_secrets(document: Any) -> Any:
    """Return a JSON value with placeholders wherever, at any depth, a request that it repeats has its secrets."""
    hidden = deepcopy(document)
    for holder in _objects(hidden):
        for _, around, name in _slots(holder):
            around[name] = PLACEHOLDER
    return hidden


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as found:
                yield found
                waiting.extend(found.values())
            case list() as found:
                waiting.extend(found)


def _slots(body: dict[str, Any]) -> Iterator[Slot]:
    """Yield where each secret stands: its pointer, the object around it, and its name there."""
    tools = body.get("tools")
    for index, tool in enumerate(tools if isinstance(tools, list) else ()):
        if isinstance(tool, dict):
            yield from _in_tool(f"/tools/{index}", tool)
    environment = body.get("environment")
    if isinstance(environment, dict):
        yield from _in_environment("/environment/env", environment.get("env"))


def _in_tool(pointer: str, tool: dict[str, Any]) -> Iterator[Slot]:
    yield from _texts(f"{pointer}/headers", tool.get("headers"))
    if tool.get("type") == "mcp_server" and _tells(tool.get("url")):
        yield f"{pointer}/url", tool, "url"
    for search in _SEARCHES:
        config = tool.get(search)
        if isinstance(config, dict) and isinstance(config.get("api_key"), str):
            yield f"{pointer}/{search}/api_key", config, "api_key"


def _tells(url: Any) -> bool:
    """Return whether *url* may let its holder in; one that was taken out is put back by the same rule."""
    if not isinstance(url, str):
        return False
    if url == PLACEHOLDER:
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return "@" in parts.netloc or bool(parts.query)


def _in_environment(pointer: str, env: Any) -> Iterator[Slot]:
    yield from _texts(pointer, env)
    for name, variable in env.items() if isinstance(env, dict) else ():
        if isinstance(variable, dict) and isinstance(variable.get("value"), str):
            yield f"{pointer}/{_escaped(name)}/value", variable, "value"


def _texts(pointer: str, holder: Any) -> Iterator[Slot]:
    if isinstance(holder, dict):
        names = [name for name, value in holder.items() if isinstance(value, str)]
        yield from ((f"{pointer}/{_escaped(name)}", holder, name) for name in names)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
