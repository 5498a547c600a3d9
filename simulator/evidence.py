"""What has to be looked up before an answer can be put together?"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.conversation import Conversation
from simulator.fetching import Fetched, fetched, is_local
from simulator.files.cabinet import names_file
from simulator.tools.mcp import Answered, asked
from simulator.tools.pages import urls_in


@dataclass(frozen=True, slots=True)
class Evidence:
    """Pages and files on this machine by URL, and what MCP servers answered."""

    pages: Mapping[str, Fetched] = field(default_factory=dict)
    mcp: Mapping[str, Answered] = field(default_factory=dict)


async def gathered(request: dict[str, Any], talk: Conversation, rng: random.Random) -> Evidence:
    """Return what is found on this machine at the addresses that a create body names."""
    urls = [url for url in _urls(request, talk) if is_local(url) and not names_file(url)]
    servers = [tool for tool in request.get("tools") or [] if tool["type"] == "mcp_server"]
    pages = await fetched(urls) if urls else {}
    return Evidence(pages, await asked(servers, talk.question, rng) if servers else {})


def _urls(request: dict[str, Any], talk: Conversation) -> Iterator[str]:
    yield from (item["uri"] for item in talk.media if isinstance(item.get("uri"), str) and not item.get("data"))
    if any(tool["type"] == "url_context" for tool in request.get("tools") or []):
        yield from urls_in(talk.question)
