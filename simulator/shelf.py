"""Which interactions are there?"""

from dataclasses import fields
from typing import Any

from simulator.interaction import Interaction
from simulator.journal import Journal
from simulator.life import Life


class Shelf:
    """Every stored interaction by id; deleted ones stay for the ledger but are found no more."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._by_id: dict[str, Interaction] = {}

    def put(self, interaction: Interaction) -> None:
        """Keep a new interaction."""
        record = {field.name: getattr(interaction, field.name) for field in fields(interaction)}
        self._journal.append("interaction", record | {"life": interaction.life.model_dump()})
        self._by_id[interaction.id] = interaction

    def find(self, interaction_id: str) -> Interaction | None:
        """Return the interaction; None if it is unknown or deleted."""
        found = self._by_id.get(interaction_id)
        return None if found is None or found.deleted else found

    def cancel(self, interaction: Interaction, *, at: float) -> None:
        """Note when a cancel was first asked for."""
        if interaction.cancel_requested_at is None:
            self._journal.append("cancel", {"id": interaction.id, "at": at})
            interaction.cancel_requested_at = at

    def delete(self, interaction: Interaction) -> None:
        """Hide an interaction; its run goes on."""
        self._journal.append("delete", {"id": interaction.id})
        interaction.deleted = True

    def restore(self, record: dict[str, Any]) -> None:
        """Take one journal record back."""
        match record:
            case {"kind": "interaction", "id": str(key)}:
                known = {name: value for name, value in record.items() if name not in {"kind", "life"}}
                self._by_id[key] = Interaction(**known, life=Life(**record["life"]))
            case {"kind": "cancel", "id": key, "at": at}:
                self._by_id[key].cancel_requested_at = at
            case {"kind": "delete", "id": key}:
                self._by_id[key].deleted = True

    def clear(self) -> None:
        """Forget all interactions."""
        self._by_id.clear()

    def all(self) -> list[Interaction]:
        """Return every interaction ever stored, oldest first."""
        return list(self._by_id.values())
