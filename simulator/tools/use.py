"""What does the use of one tool leave behind?"""

from dataclasses import dataclass
from typing import Any

Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for the answer, with the annotation of its source if it has one (offsets are added later)."""

    sentence: str
    annotation: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """The steps of one use of a tool, and what it found."""

    steps: tuple[Step, ...]
    notes: tuple[Note, ...]


def call_and_result(kind: str, number: int, *, call: dict[str, Any], result: dict[str, Any]) -> tuple[Step, Step]:
    """Return the two steps of one use of a built-in tool."""
    call_id = f"{kind}_{number}"
    return (
        {"type": f"{kind}_call", "id": call_id, **call, "signature": ""},
        {"type": f"{kind}_result", "call_id": call_id, **result, "signature": ""},
    )
