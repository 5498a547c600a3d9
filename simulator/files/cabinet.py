"""Which files are there?"""

import re
from typing import Any

from simulator.answers import ApiError
from simulator.files.stored import StoredFile, restored_file
from simulator.journal import Journal
from simulator.media.finding import Finding

_URI = re.compile(r"(?:https?://[^/]+)?(?:/[^?#]*)?/?(?:v1|v1beta|v1alpha)/files/([\w-]+)$|^files/([\w-]+)$")


def names_file(uri: str) -> bool:
    """Return whether *uri* is the address of an uploaded file."""
    return _URI.search(uri) is not None


class Cabinet:
    """Every uploaded file by id, until it is deleted or expires."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._files: dict[str, StoredFile] = {}

    def put(self, file: StoredFile) -> None:
        """Keep a new file."""
        self._journal.append("file", file.record())
        self._files[file.id] = file

    def find(self, file_id: str, *, now: float) -> StoredFile | None:
        """Return a file that is there at the simulated instant *now*."""
        file = self._files.get(file_id)
        return file if file is not None and now < file.expires_at else None

    def all(self, *, now: float) -> list[StoredFile]:
        """Return every file that is there, newest first."""
        return [file for file in reversed(self._files.values()) if now < file.expires_at]

    def delete(self, file: StoredFile) -> None:
        """Give a file up."""
        self._journal.append("file_deleted", {"id": file.id})
        del self._files[file.id]

    def finding(self, uri: str, *, now: float) -> Finding | None:
        """Return what is in the file at *uri*, None if it names no file; ApiError unless the file is ACTIVE."""
        named = _URI.search(uri)
        if named is None:
            return None
        file_id = named.group(1) or named.group(2)
        file = self.find(file_id, now=now)
        if file is None:
            message = f"You do not have permission to access the File {file_id} or it may not exist."
            raise ApiError(403, message)
        if file.finding is None or file.state(now) != "ACTIVE":
            message = f"The File {file_id} is not in an ACTIVE state and usage is not allowed."
            raise ApiError(400, message, code="failed_precondition")
        return file.finding

    def restore(self, record: dict[str, Any]) -> None:
        """Take one journal record back."""
        match record:
            case {"kind": "file", "id": str(key)}:
                self._files[key] = restored_file(record)
            case {"kind": "file_deleted", "id": key}:
                self._files.pop(key, None)

    def clear(self) -> None:
        """Forget all files."""
        self._files.clear()
