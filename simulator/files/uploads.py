"""How does a resumable upload go, from its start to its last chunk?"""

import secrets
from dataclasses import dataclass, field
from typing import Any

from simulator.answers import Answer, ApiError, json_answer
from simulator.files.stored import StoredFile, stored_file

MOST_BYTES = 2 * 1024**3


@dataclass(slots=True, kw_only=True)
class Upload:
    """One upload under way."""

    name: str | None
    display_name: str | None
    mime_type: str
    size: int
    data: bytearray = field(default_factory=bytearray)
    file: StoredFile | None = None


class Uploads:
    """All uploads that have begun, by the token in their URL."""

    def __init__(self) -> None:
        self._by_token: dict[str, Upload] = {}

    def begin(self, body: Any, headers: dict[str, str]) -> str:
        """Return the token of a new upload; ApiError if its start is not as the protocol wants it."""
        if headers.get("x-goog-upload-protocol") != "resumable" or headers.get("x-goog-upload-command") != "start":
            raise ApiError(400, "An upload begins with the resumable protocol and the command start.", shape="google")
        described = body.get("file") if isinstance(body, dict) else None
        described = described if isinstance(described, dict) else {}
        size = _size(
            headers.get("x-goog-upload-header-content-length")
            or described.get("size_bytes")
            or described.get("sizeBytes")
        )
        mime_type = headers.get("x-goog-upload-header-content-type") or _either(described, "mime_type", "mimeType")
        token = secrets.token_urlsafe(24)
        self._by_token[token] = Upload(
            name=described.get("name"),
            display_name=_either(described, "display_name", "displayName") or headers.get("x-goog-upload-file-name"),
            mime_type=str(mime_type or "application/octet-stream"),
            size=size,
        )
        return token

    def add(
        self, token: str, chunk: bytes, headers: dict[str, str], *, now: float, base_url: str
    ) -> tuple[Answer, StoredFile | None]:
        """Take one chunk; return the answer, and the file once the last chunk is in."""
        upload = self._by_token.get(token)
        if upload is None:
            raise ApiError(404, "Upload not found.", shape="google")
        commands = {part.strip() for part in headers.get("x-goog-upload-command", "").split(",")}
        if "query" in commands:
            return _status(upload), None
        if upload.file is None:
            _append(upload, chunk, headers)
        if "finalize" not in commands:
            return _status(upload), None
        if upload.file is None:
            upload.file = _finished(upload, now=now, base_url=base_url)
        return _final(upload.file, now), upload.file

    def clear(self) -> None:
        """Forget all uploads."""
        self._by_token.clear()


def _append(upload: Upload, chunk: bytes, headers: dict[str, str]) -> None:
    offset = _size(headers.get("x-goog-upload-offset", "0"))
    if offset > len(upload.data):
        raise ApiError(400, f"The upload goes on at {len(upload.data)}, not at {offset}.", shape="google")
    upload.data[offset : offset + len(chunk)] = chunk


def _finished(upload: Upload, *, now: float, base_url: str) -> StoredFile:
    if upload.size != len(upload.data):
        message = f"The upload announced {upload.size} bytes and brought {len(upload.data)}."
        raise ApiError(400, message, shape="google")
    named = (upload.name or "").removeprefix("files/")
    return stored_file(
        bytes(upload.data),
        file_id=named or secrets.token_hex(6),
        name=upload.display_name,
        mime_type=upload.mime_type,
        now=now,
        base_url=base_url,
    )


def _status(upload: Upload) -> Answer:
    state = "active" if upload.file is None else "final"
    headers = {"X-Goog-Upload-Status": state, "X-Goog-Upload-Size-Received": str(len(upload.data))}
    return Answer(200, b"", headers=headers)


def _final(file: StoredFile, now: float) -> Answer:
    body = json_answer({"file": file.document(now)}).body
    return Answer(200, body, headers={"X-Goog-Upload-Status": "final"})


def _either(described: dict[str, Any], *names: str) -> Any:
    return next((described[name] for name in names if described.get(name)), None)


def _size(given: Any) -> int:
    try:
        size = int(given)
    except (TypeError, ValueError) as error:
        raise ApiError(400, "The size of the upload is missing.", shape="google") from error
    if not 0 <= size <= MOST_BYTES:
        raise ApiError(400, "The file is larger than 2 GB.", shape="google")
    return size
