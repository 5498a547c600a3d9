"""What do the four ledgers say? Values only: what was accepted, created, stored, received, and what the nemesis did."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chaos.faults import Fault

FALSE_REFUSAL = 503
SIGNS: dict[Fault, tuple[bool, int | None]] = {
    Fault.ANSWERS_DROPPED: (True, None),
    Fault.RATE_LIMITED: (False, 429),
    Fault.SERVER_ERRORS: (False, 500),
    Fault.RESETS: (False, None),
    Fault.FALSE_REFUSALS: (True, FALSE_REFUSAL),
}
"""How a create that met a fault stands in the upstream's ledger: whether it was accepted, and its status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """One create in the upstream's ledger; *labels* are what it carried."""

    upstream_id: str | None
    labels: dict[str, str]
    accepted: bool
    status: int | None

    @property
    def is_false_refusal(self) -> bool:
        """Whether it was taken and then refused: the one hole that is documented."""
        return self.accepted and self.status == FALSE_REFUSAL


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJob:
    """A job as the database has it at the end."""

    id: str
    status: str
    attention: str | None = None
    last_sequence: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """An interaction as the database has it at the end."""

    id: str
    job_id: str
    role: str = "live"
    upstream_id: str | None = None
    create_outcome: str | None = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResult:
    """The digest of a run's stored bytes."""

    job_id: str
    upstream_id: str | None
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One event of a job."""

    job_id: str
    sequence: int
    type: str
    interaction_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def shows_unknown(self) -> bool:
        """Whether it told somebody that a create's outcome is unknown."""
        attention = self.data.get("attention") or {}
        return attention.get("code") == "submit_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of a job's state, as a trigger of ours saw it."""

    job_id: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claim that was taken (*held*) or given back, and the pid of the process that did it, if it was ours."""

    row: str
    claim: int
    held: bool
    holder: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One webhook as it reached the receiver, and the status that it was answered with."""

    webhook_id: str
    job_id: str
    sequence: int
    type: str
    body_sha256: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """One act of the nemesis that was done, the creates that were open just before it, and whom it killed or froze."""

    fault: Fault
    at: datetime
    until: datetime
    open_creates: frozenset[str] = frozenset()
    felled: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that the checker looks at; *settled_after* is None if that took too long."""

    accepted: tuple[str, ...] = ()
    created: tuple[Created, ...] = ()
    bodies: dict[str, frozenset[str]] = field(default_factory=dict)
    jobs: tuple[StoredJob, ...] = ()
    runs: tuple[StoredRun, ...] = ()
    results: tuple[StoredResult, ...] = ()
    events: tuple[StoredEvent, ...] = ()
    transitions: tuple[Transition, ...] = ()
    claims: tuple[Claimed, ...] = ()
    hooks: tuple[Hook, ...] = ()
    harms: tuple[Harm, ...] = ()
    settled_after: float | None = 0.0
    answers: dict[str, int] = field(default_factory=dict)
