"""What does the simulator perceive of an image, a sound, a video or a document?"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.answers import ApiError
from simulator.fetching import Fetched
from simulator.media.finding import DamagedError, Finding
from simulator.media.inspecting import inspected

FileFinding = Callable[[str], Finding | None]
_DATA_URI = re.compile(r"data:([\w.+/-]*)(?:;[\w=-]+)*;base64,(.*)", re.DOTALL)
_TOKENS_A_SECOND = {"audio": 32, "video": 263}
_TOKENS_EACH = 258


@dataclass(frozen=True, slots=True)
class Percept:
    """One piece of media: its kind, a true sentence about it, and the tokens it costs."""

    kind: str
    sentence: str
    tokens: int


def perceived(item: dict[str, Any], pages: Mapping[str, Fetched], file: FileFinding) -> Percept:
    """Return what can be said of one content item; ApiError if it is damaged, mislabelled or not there."""
    kind, uri = item["type"], item.get("uri")
    try:
        if item.get("data") is not None:
            return _of_bytes(kind, _decoded(item["data"]), item.get("mime_type"))
        if not isinstance(uri, str) or not uri:
            raise ApiError(400, f"Invalid value for 'input': {kind} needs 'data' or 'uri'.")
        if embedded := _DATA_URI.fullmatch(uri):
            return _of_bytes(kind, _decoded(embedded.group(2)), embedded.group(1) or item.get("mime_type"))
        if uri in pages:
            return _of_page(kind, uri, pages[uri], item.get("mime_type"))
    except DamagedError as error:
        raise ApiError(400, f"The {kind} cannot be read: {error}.") from error
    found = file(uri)
    if found is None:
        return _by_name(kind, uri, item.get("mime_type"))
    if kind != _kind(found):
        raise ApiError(400, f"The {kind} cannot be read: the data is {found.mime_type}.")
    return _percept(kind, found, None)


def _of_bytes(kind: str, data: bytes, declared: str | None) -> Percept:
    found = inspected(data, declared)
    if kind != _kind(found):
        raise DamagedError(f"the data is {found.mime_type}")
    return _percept(kind, found, len(data))


def _kind(found: Finding) -> str:
    family = found.mime_type.split("/")[0]
    return "document" if family in {"application", "text"} else family


def _of_page(kind: str, uri: str, page: Fetched, declared: str | None) -> Percept:
    if not page.ok:
        raise ApiError(400, f"Cannot fetch content from the provided URL: {uri}.")
    return _of_bytes(kind, page.body, declared or page.content_type or None)


def _percept(kind: str, found: Finding, size: int | None) -> Percept:
    details = [*([f"{size} bytes"] if size is not None else []), *found.details]
    words = f"The {kind} you gave is {found.mime_type}, {', '.join(details)}." if details else ""
    begins = f" It begins: “{found.text}”." if found.text else ""
    span = (
        f" It runs from 00:00 to {int(found.seconds) // 60:02}:{int(found.seconds) % 60:02}." if found.seconds else ""
    )
    each = _TOKENS_A_SECOND.get(kind)
    tokens = int(found.seconds * each) if found.seconds and each else _TOKENS_EACH * (found.pages or 1)
    return Percept(kind, (words or f"The {kind} you gave is {found.mime_type}.") + span + begins, max(1, tokens))


def _by_name(kind: str, uri: str, declared: str | None) -> Percept:
    name = uri.split("?", maxsplit=1)[0].rstrip("/").rsplit("/", 1)[-1]
    labelled = f", called {declared}," if declared else ""
    sentence = f"The {kind} {name}{labelled} at {uri} was not opened: the simulator reaches files on this machine only."
    return Percept(kind, sentence, _TOKENS_EACH)


def _decoded(data: Any) -> bytes:
    if not isinstance(data, str):
        raise DamagedError("its data is not base64")
    packed = re.sub(r"\s", "", data).replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DamagedError("its data is not base64") from error
