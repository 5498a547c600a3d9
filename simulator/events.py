"""Which events make up the stream of an interaction?"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulator.answers import ApiError, to_json
from simulator.config import Revision
from simulator.current_events import CURRENT_EVENTS, current_step_events
from simulator.interaction import Interaction
from simulator.legacy import legacy_outputs
from simulator.legacy_events import LEGACY_EVENTS, legacy_content_events
from simulator.life import State
from simulator.shapes import View, summary_document
from simulator.timeline import streamed_steps

DONE = b"event: done\ndata: [DONE]\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    """One event at its place in the whole stream; *fields* lack the id that follows from the place."""

    name: str
    position: int
    fields: dict[str, Any]

    @property
    def id(self) -> str:
        """Return the token from which a stream is taken up after this event."""
        token = f"{self.fields.get('index', 0)}_{self.name}_{self.position}"
        return "v1_" + base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")

    def wire(self) -> bytes:
        """Return the event as server-sent bytes."""
        data = to_json({"event_type": self.name, **self.fields, "event_id": self.id})
        return b"event: " + self.name.encode() + b"\ndata: " + data + b"\n\n"


def events(interaction: Interaction, revision: Revision, *, now: float) -> list[Event]:
    """Return all events so far; what comes later only adds to them."""
    named = _events(interaction, revision, now=now)
    return [Event(name, position, fields) for position, (name, fields) in enumerate(named)]


def position_after(event_id: str) -> int:
    """Return the place of the event that follows the one with *event_id*; ApiError if it is no id of ours."""
    try:
        encoded = event_id.removeprefix("v1_")
        token = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        return int(token.rsplit("_", 1)[1]) + 1
    except (ValueError, IndexError) as error:
        raise ApiError(400, "Invalid value for 'last_event_id'.") from error


def _first_statuses(interaction: Interaction, state: State, *, now: float) -> Iterator[str]:
    queued = interaction.life.queued_seconds
    if queued:
        yield "queued"
    age = now - interaction.created_at if state.ended_age is None else state.ended_age
    if age >= queued:
        yield "in_progress"


def _events(interaction: Interaction, revision: Revision, *, now: float) -> Iterator[tuple[str, dict[str, Any]]]:
    names = LEGACY_EVENTS if revision == "legacy" else CURRENT_EVENTS
    state = interaction.state(now)
    view = View(revision=revision)
    statuses = list(_first_statuses(interaction, state, now=now))
    opening = summary_document(interaction, view, now=interaction.created_at, status=statuses[0])
    yield names["created"], {"interaction": opening}
    for status in statuses:
        yield names["status"], {"interaction_id": opening["id"], "status": status}
    steps = streamed_steps(interaction, state)
    if revision == "legacy":
        contents = [content for step in steps for content in legacy_outputs(step)]
        yield from (event for place, content in enumerate(contents) for event in legacy_content_events(place, content))
    else:
        yield from (event for place, step in enumerate(steps) for event in current_step_events(place, step))
    if state.ended_age is not None:
        if state.status != "completed":
            yield names["status"], {"interaction_id": opening["id"], "status": state.status}
        yield names["ended"], {"interaction": summary_document(interaction, view, now=now, status=state.status)}
