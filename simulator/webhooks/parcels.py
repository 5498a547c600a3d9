"""What is sent to whom when a run ends?"""

import uuid
from dataclasses import dataclass, field
from typing import Any

from simulator.answers import to_json
from simulator.clock import rfc3339
from simulator.interaction import Interaction

_EVENT_STATUSES = ("completed", "failed", "cancelled", "requires_action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One event on its way to one address, with all its attempts."""

    uri: str
    body: bytes
    first_at: float
    endpoint_id: str | None = None
    attempt: int = 0
    forged: bool = False
    id: str = field(default_factory=lambda: f"msg_{uuid.uuid4()}")


def event_type(interaction: Interaction, *, now: float) -> str | None:
    """Return the event of an interaction's end; None for an end that no event tells of."""
    status = interaction.state(now).status
    return f"interaction.{status}" if status in _EVENT_STATUSES else None


def event_body(kind: str, data: dict[str, Any], *, at: float) -> bytes:
    """Return a thin event: what happened to which interaction, never its outputs."""
    return to_json({"type": kind, "version": "v1", "timestamp": rfc3339(at), "data": data})


def event_data(interaction: Interaction, kind: str) -> dict[str, Any]:
    """Return the data of an event."""
    config = interaction.request.get("webhook_config") or {}
    data: dict[str, Any] = {"id": interaction.id}
    if config.get("user_metadata") is not None:
        data["user_metadata"] = config["user_metadata"]
    if kind == "interaction.failed":
        data |= {"error_code": interaction.life.error_code, "error_message": interaction.life.error_message}
    return data
