"""What does the simulator know of one uploaded file?"""

import base64
import hashlib
from dataclasses import asdict, dataclass, replace
from typing import Any

from simulator.clock import rfc3339
from simulator.media.finding import DamagedError, Finding
from simulator.media.inspecting import inspected

LIFETIME_SECONDS = 48 * 3600.0
_PROCESSING_SECONDS = {"video": 5.0, "application": 2.0, "audio": 2.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file after its upload; its bytes are not kept, only what was found in them."""

    id: str
    display_name: str | None
    mime_type: str
    size: int
    sha256: str
    created_at: float
    base_url: str
    finding: Finding | None
    error: str | None = None

    @property
    def expires_at(self) -> float:
        """Return when it is given up."""
        return self.created_at + LIFETIME_SECONDS

    def state(self, now: float) -> str:
        """Return PROCESSING, ACTIVE or FAILED."""
        processing = _PROCESSING_SECONDS.get(self.mime_type.split("/")[0], 0.5)
        if now < self.created_at + processing:
            return "PROCESSING"
        return "FAILED" if self.finding is None else "ACTIVE"

    def document(self, now: float) -> dict[str, Any]:
        """Return the file as the Files API writes it: camelCase, sizes as text."""
        state = self.state(now)
        body = {
            "name": f"files/{self.id}",
            "mimeType": self.mime_type,
            "sizeBytes": str(self.size),
            "createTime": rfc3339(self.created_at, milliseconds=True),
            "updateTime": rfc3339(self.created_at, milliseconds=True),
            "expirationTime": rfc3339(self.expires_at, milliseconds=True),
            "sha256Hash": self.sha256,
            "uri": f"{self.base_url}/files/{self.id}",
            "state": state,
            "source": "UPLOADED",
        }
        named = {"displayName": self.display_name} if self.display_name else {}
        return body | named | ({"error": {"code": 3, "message": self.error}} if state == "FAILED" else {})

    def record(self) -> dict[str, Any]:
        """Return the file as a journal record."""
        return asdict(self)


def stored_file(
    data: bytes, *, file_id: str, name: str | None, mime_type: str, now: float, base_url: str
) -> StoredFile:
    """Return what an upload became."""
    file = StoredFile(
        id=file_id,
        display_name=name,
        mime_type=mime_type,
        size=len(data),
        sha256=base64.b64encode(hashlib.sha256(data).hexdigest().encode()).decode(),
        created_at=now,
        base_url=base_url,
        finding=None,
    )
    try:
        found = inspected(data, mime_type)
    except DamagedError as error:
        return replace(file, error=f"The file cannot be processed: {error}.")
    return replace(file, finding=replace(found, details=(f"{len(data)} bytes", *found.details)))


def restored_file(record: dict[str, Any]) -> StoredFile:
    """Return a file from its journal record."""
    known = {key: value for key, value in record.items() if key not in {"kind", "finding"}}
    found = record["finding"]
    finding = None if found is None else Finding(**(found | {"details": tuple(found["details"])}))
    return StoredFile(**known, finding=finding)
