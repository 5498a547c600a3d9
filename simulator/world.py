"""What makes up one simulated service?"""

from dataclasses import asdict
from typing import Any

from simulator.clock import Anchor, Clock, rfc3339
from simulator.config import SimulatorConfig
from simulator.files.cabinet import Cabinet
from simulator.files.uploads import Uploads
from simulator.interaction import Interaction
from simulator.journal import Journal, Record
from simulator.ledger import Ledger
from simulator.media.finding import Finding
from simulator.script import Script
from simulator.shelf import Shelf
from simulator.webhooks.endpoints import Endpoints


class World:
    """A clock, a shelf of interactions, a script and a ledger, brought back from the data file if there is one."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.journal = Journal(config.data_file)
        self.shelf = Shelf(self.journal)
        self.files = Cabinet(self.journal)
        self.uploads = Uploads()
        self.endpoints = Endpoints(self.journal)
        self.told: set[str] = set()
        self.ledger = Ledger(self.journal)
        self.script = Script()
        self.clock = Clock(speed=config.speed, since=self._restored())
        self._anchor()

    def find(self, interaction_id: str) -> Interaction | None:
        """Return an interaction that is stored, not deleted, and not older than it is kept."""
        found = self.shelf.find(interaction_id)
        return None if found is None or found.expired(self.clock.now()) else found

    def file_finding(self, uri: str) -> Finding | None:
        """Return what is in the uploaded file at *uri*; None if it names none."""
        return self.files.finding(uri, now=self.clock.now())

    def tell(self, interaction: Interaction) -> None:
        """Note that an interaction's end has been told to whom it concerns."""
        self.journal.append("told", {"id": interaction.id})
        self.told.add(interaction.id)

    def advance(self, seconds: float) -> None:
        """Move the simulated time forward, for good."""
        self.clock.advance(seconds)
        self._anchor()

    def reset(self) -> None:
        """Forget interactions, ledger and script; time goes on."""
        self.journal.clear()
        self.shelf.clear()
        self.files.clear()
        self.uploads.clear()
        self.endpoints.clear()
        self.told.clear()
        self.ledger.clear()
        self.script.load([])
        self._anchor()

    def ledger_view(self) -> dict[str, Any]:
        """Return the ledger as its reader sees it."""
        return {"entries": self.ledger.entries(), "interactions": self._interactions()}

    def _interactions(self) -> list[dict[str, Any]]:
        now, sent = self.clock.now(), self.ledger.terminal_bodies()
        return [_summary(interaction, now=now, bodies=sent.get(interaction.id, [])) for interaction in self.shelf.all()]

    def _restored(self) -> Anchor | None:
        since = None
        for record in self.journal.records():
            self.shelf.restore(record)
            self.files.restore(record)
            self.endpoints.restore(record)
            self.told |= {record["id"]} if record["kind"] == "told" else set()
            self.ledger.restore(record)
            since = _anchor_in(record) or since
        return since

    def _anchor(self) -> None:
        self.journal.append("clock", asdict(self.clock.anchor()))


def _anchor_in(record: Record) -> Anchor | None:
    if record["kind"] != "clock":
        return None
    return Anchor(real=record["real"], simulated=record["simulated"], speed=record["speed"])


def _summary(interaction: Interaction, *, now: float, bodies: list[str]) -> dict[str, Any]:
    ended_at = interaction.ended_at(now)
    return {
        "id": interaction.id,
        "labels": interaction.labels,
        "status": interaction.state(now).status,
        "ended_at": None if ended_at is None else rfc3339(ended_at, milliseconds=True),
        "body_sha256": bodies,
        "reads": interaction.reads,
    }
