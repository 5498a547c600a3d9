"""Which documents did an endpoint send, and can an SDK's own models take every one of them?"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tests.contract.support.sdks import SdkProcess
from tests.contract.support.wire import Exchange
from tests.support.sse import frames

Kind = Literal["interaction", "event", "file"]

# The service tells old clients of these too, though their models were written before them.
_LATER_STATUSES = {"incomplete", "budget_exceeded", "queued"}
_REASONS = {"error", "errors"}


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON object that came over the wire, and what it is meant to be."""

    kind: Kind
    content: Any


def misfits(sdk: SdkProcess, exchanges: Iterable[Exchange]) -> list[str]:
    """Return everything in the answers that *sdk* has no type or field for, or misses."""
    found = []
    for exchange in exchanges:
        at = f"{exchange.method} {exchange.target}"
        found += [f"{at}: {problem}" for problem in _wrong_refusal(exchange)]
        for document in documents(exchange):
            problems = sdk.judge(document.kind, _as_meant(document.content, exchange, sdk))
            found += [f"{at}: {problem}\n  in {json.dumps(document.content)[:600]}" for problem in problems]
    return found


def documents(exchange: Exchange) -> Iterator[Document]:
    """Yield the documents in an answer that succeeded."""
    if exchange.status >= 400 or exchange.method == "DELETE":
        return
    if exchange.content_type == "text/event-stream":
        for event in events(exchange):
            yield Document("event", event)
    elif "/interactions" in exchange.path:
        yield Document("interaction", json.loads(exchange.answer))
    elif "/files" in exchange.path and exchange.answer:
        for file in _files(json.loads(exchange.answer)):
            yield Document("file", file)


def events(exchange: Exchange) -> list[Any]:
    """Return the stream's events up to where it was left."""
    sent = frames(exchange.answer.decode())
    return [json.loads(frame.data) for frame in sent if frame.data != "[DONE]"]


def _files(answer: Any) -> list[Any]:
    if "file" in answer:
        return [answer["file"]]
    return answer.get("files", []) if "name" not in answer else [answer]


def _wrong_refusal(exchange: Exchange) -> list[str]:
    if exchange.status < 400:
        return []
    try:
        error = json.loads(exchange.answer)["error"]
        good = isinstance(error["code"], str | int) and error["message"]
    except (ValueError, TypeError, KeyError):
        good = False
    return [] if good else [f"{exchange.status} with a body of no known shape: {exchange.answer[:300]!r}"]


def _as_meant(content: Any, exchange: Exchange, sdk: SdkProcess) -> Any:
    """Return *content* without what is right although the models were not told of it."""
    if exchange.body.startswith(b"{") and json.loads(exchange.body).get("store") is False:
        content = _named(content)
    return _in_its_time(content) if sdk.sdk.revision == "legacy" else content


def _named(content: Any) -> Any:
    """Return what was not stored, and so has no id, with one."""
    if "interaction" in content:
        return content | {"interaction": _named(content["interaction"])}
    return {"id": "not stored"} | content if "status" in content else content


def _in_its_time(content: Any) -> Any:
    """Return a legacy *content* without what its models could not know."""
    if "interaction" in content:
        return content | {"interaction": _in_its_time(content["interaction"])}
    if "status" not in content:
        return content
    told = {name: value for name, value in content.items() if name not in _REASONS}
    return told | {"status": "failed"} if content["status"] in _LATER_STATUSES else told
