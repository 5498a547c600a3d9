"""What does a remote MCP server answer?"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from simulator.answers import ApiError
from simulator.fetching import client, is_local
from simulator.tools.calling import arguments_for, wanted_functions
from simulator.tools.use import Note, Use

Tool = dict[str, Any]
_HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
_HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "interactions-simulator", "version": "1"},
}


@dataclass(frozen=True, slots=True)
class Answered:
    """One call of a tool of an MCP server, and its answer."""

    name: str
    arguments: dict[str, Any]
    result: Any


async def asked(tools: list[Tool], question: str, rng: random.Random) -> dict[str, Answered]:
    """Call the fitting tool of each MCP server on this machine; return the answers by URL."""
    servers = [tool for tool in tools if tool["type"] == "mcp_server" and is_local(str(tool.get("url")))]
    return {server["url"]: await _Session(server).answer(question, rng) for server in servers}


def mcp_use(tool: Tool, question: str, answered: Mapping[str, Answered], number: int) -> Use:
    """Return the steps of one use of an MCP server, invented if it is not on this machine."""
    server = str(tool.get("name") or tool.get("url"))
    answer = answered.get(str(tool.get("url"))) or _invented(tool, question)
    call_id = f"mcp_{number}"
    own = {"name": answer.name, "server_name": server}
    steps = (
        {"type": "mcp_server_tool_call", "id": call_id, **own, "arguments": answer.arguments},
        {"type": "mcp_server_tool_result", "call_id": call_id, **own, "result": answer.result},
    )
    return Use(steps, (Note(f"{server} answered to {answer.name}: {_as_text(answer.result)}"),))


def _as_text(result: Any) -> str:
    items = result if isinstance(result, list) else [result]
    texts = [item["text"] if isinstance(item, dict) and "text" in item else json.dumps(item) for item in items]
    return result if isinstance(result, str) else " ".join(texts)


def _invented(tool: Tool, question: str) -> Answered:
    names = [name for group in tool.get("allowed_tools") or [] for name in group.get("tools") or []]
    text = f"a simulated answer on “{question.strip()}”; the server was not called, for it is not on this machine."
    return Answered(names[0] if names else "query", {"query": question}, text)


class _Session:
    """One conversation with an MCP server over streamable HTTP."""

    def __init__(self, server: Tool) -> None:
        self._server = server
        self._headers = _HEADERS | (server.get("headers") or {})
        self._number = 0

    async def answer(self, question: str, rng: random.Random) -> Answered:
        """Ask which tools there are, choose one and call it."""
        async with client() as http:
            try:
                return await self._called(http, question, rng)
            except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                name = self._server.get("name")
                raise ApiError(400, f"MCP server '{name}' cannot be used: {type(error).__name__}.") from error

    async def _called(self, http: httpx.AsyncClient, question: str, rng: random.Random) -> Answered:
        welcome = await self._request(http, "initialize", _HELLO)
        self._headers["MCP-Protocol-Version"] = str(welcome.get("protocolVersion", _HELLO["protocolVersion"]))
        await self._post(http, {"jsonrpc": "2.0", "method": "notifications/initialized"})
        listed = await self._request(http, "tools/list", {})
        tools = [one | {"parameters": one.get("inputSchema")} for one in listed["tools"] if self._allowed(one["name"])]
        chosen = wanted_functions(tools, question, forced=True)[0]
        arguments = arguments_for(chosen, question, rng)
        result = await self._request(http, "tools/call", {"name": chosen["name"], "arguments": arguments})
        return Answered(chosen["name"], arguments, result["content"])

    def _allowed(self, name: str) -> bool:
        groups = self._server.get("allowed_tools") or []
        return not groups or any(name in (group.get("tools") or [name]) for group in groups)

    async def _request(self, http: httpx.AsyncClient, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        answer = await self._post(http, {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        if "mcp-session-id" in answer.headers:
            self._headers["Mcp-Session-Id"] = answer.headers["mcp-session-id"]
        return dict(_message(answer)["result"])

    async def _post(self, http: httpx.AsyncClient, message: dict[str, Any]) -> httpx.Response:
        answer = await http.post(self._server["url"], json=message, headers=self._headers)
        return answer.raise_for_status()


def _message(answer: httpx.Response) -> dict[str, Any]:
    if not answer.headers.get("content-type", "").startswith("text/event-stream"):
        return dict(answer.json())
    data = [line.removeprefix("data:").strip() for line in answer.text.splitlines() if line.startswith("data:")]
    messages = [json.loads(one) for one in data]
    return next(message for message in messages if isinstance(message, dict) and "result" in message)
