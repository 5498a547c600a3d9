"""What was received, what was accepted, and what was answered?"""

from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from simulator.journal import Journal
from simulator.ops import Op


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call; *accepted* says whether it took effect, *answered* whether a whole answer was sent."""

    op: Op
    id: str | None
    labels: dict[str, str] = field(default_factory=dict)
    accepted: bool
    answered: bool
    status: int | None
    body_sha256: str | None
    at: str


class Ledger:
    """All entries in order, each written down before its call is answered."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._entries: list[Entry] = []
        self._forgotten = 0

    def write(self, entry: Entry) -> int:
        """Write an entry down and return its number."""
        self._journal.append("entry", asdict(entry))
        self._entries.append(entry)
        return self._forgotten + len(self._entries) - 1

    def mark_answered(self, number: int) -> None:
        """Note that the answer of an entry is on its way after all."""
        index = number - self._forgotten
        if index >= 0:
            self._journal.append("answered", {"number": index})
            self._entries[index] = replace(self._entries[index], answered=True)

    def restore(self, record: dict[str, Any]) -> None:
        """Take one journal record back."""
        match record:
            case {"kind": "entry"}:
                self._entries.append(Entry(**{key: value for key, value in record.items() if key != "kind"}))
            case {"kind": "answered", "number": number}:
                self._entries[number] = replace(self._entries[number], answered=True)

    def clear(self) -> None:
        """Forget all entries."""
        self._forgotten += len(self._entries)
        self._entries.clear()

    def entries(self) -> list[dict[str, Any]]:
        """Return all entries as JSON data."""
        return [asdict(entry) for entry in self._entries]

    def terminal_bodies(self) -> dict[str, list[str]]:
        """Return, per interaction, the digests of the terminal bodies that were sent, oldest first."""
        sent: dict[str, list[str]] = defaultdict(list)
        for entry in self._entries:
            if entry.id and entry.answered and entry.body_sha256 and entry.body_sha256 not in sent[entry.id]:
                sent[entry.id].append(entry.body_sha256)
        return sent
