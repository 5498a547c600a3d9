"""Which media does an answer hold? Each described, and those that came inline decoded into files."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from longwatch.domain.media import MediaFile
from longwatch.upstream.document import text_of

ANY_BYTES: Final = "application/octet-stream"
_MIME_TYPE = re.compile(
    r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}(; ?[a-z0-9-]{1,40}=[a-z0-9._-]{1,60}){0,4}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One piece of media: where the upstream has it, or its size and digest if it came inline.

    *error* says why inline data could not be read. *index* counts from 0.
    """

    index: int
    type: str
    mime_type: str | None
    uri: str | None
    size: int | None = None
    sha256: str | None = None
    error: str | None = None


def read_media(items: Iterable[Mapping[str, Any]]) -> tuple[tuple[Artifact, ...], tuple[MediaFile, ...]]:
    """Return what each of *items* is, and the files among them."""
    pairs = [_read(index, item) for index, item in enumerate(items)]
    return tuple(artifact for artifact, _ in pairs), tuple(file for _, file in pairs if file)


def _read(index: int, item: Mapping[str, Any]) -> tuple[Artifact, MediaFile | None]:
    known: dict[str, Any] = {
        "index": index,
        "type": str(item["type"]),
        "mime_type": text_of(item.get("mime_type")),
        "uri": text_of(item.get("uri")),
    }
    data = item.get("data")
    if not isinstance(data, str) or not data:
        return Artifact(**known), None
    try:
        file = _file(index, known["mime_type"], _decoded(data))
    except (binascii.Error, ValueError):
        return Artifact(**known, error="its data is not base64"), None
    return Artifact(**known, size=len(file.data), sha256=file.sha256.hex()), file


def _file(index: int, mime_type: str | None, data: bytes) -> MediaFile:
    safe = mime_type if mime_type and _MIME_TYPE.fullmatch(mime_type) else ANY_BYTES
    return MediaFile(index=index, mime_type=safe, sha256=hashlib.sha256(data).digest(), data=data)


def _decoded(data: str) -> bytes:
    """Return the bytes of base64 *data*, in either alphabet, with or without padding and line breaks."""
    plain = "".join(data.split()).translate(str.maketrans("-_", "+/")).rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
