"""What is this interaction doing? A quick look at an answer, before anything is stored."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from longwatch.upstream.document import clean_or_none, objects, parse, text_of
from longwatch.upstream.outcomes import EndedStatus

RUNNING: Final = frozenset({"queued", "in_progress"})
ENDED: Final[Mapping[str, EndedStatus]] = {
    "completed": "completed",
    "failed": "failed",
    "cancelled": "cancelled",
    "incomplete": "incomplete",
    "budget_exceeded": "budget_exceeded",
    "requires_action": "requires_action",
    "requires_continuation": "requires_continuation",
}

PROGRESS_LIMIT = 300
# "." and ".." would leave the collection's path; the rest could not be put into a path or a text column.
_ID = re.compile(r"[^\s\x00-\x1f\x7f\ud800-\udfff]{1,512}")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Peek:
    """The few words of an answer that decide what happens next; all None when it is unreadable."""

    id: str | None = None
    status: str | None = None
    progress: str | None = field(default=None, repr=False)
    usage: Mapping[str, Any] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    updated: datetime | None = None


def peek(raw: bytes) -> Peek:
    """Return the id, status, labels, usage and latest progress in *raw*, whatever *raw* is."""
    document = parse(raw)
    if document is None:
        return Peek()
    return Peek(
        id=readable_id(document.get("id")),
        status=text_of(document.get("status")),
        progress=progress(document),
        usage=usage(document),
        labels=_labels(document.get("labels")),
        updated=_instant(document.get("updated")),
    )


def readable_id(value: Any) -> str | None:
    """Return *value* if it can name an interaction in a path and in the database."""
    if isinstance(value, str) and _ID.fullmatch(value) and value not in {".", ".."}:
        return value
    return None


def progress(document: Mapping[str, Any]) -> str | None:
    """Return the newest thought summary on one line of at most 300 characters."""
    for thought in reversed(list(_thoughts(document))):
        for part in reversed(objects(thought.get("summary"))):
            line = one_line(text_of(part.get("text")) or "")
            if line:
                return line
    return None


def usage(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the token counts under their current names; None while there are none."""
    counts = clean_or_none(document.get("usage"))
    if not isinstance(counts, dict) or not counts:
        return None
    if "total_reasoning_tokens" in counts:
        reasoning = counts.pop("total_reasoning_tokens")
        counts.setdefault("total_thought_tokens", reasoning)
    return counts


def one_line(text: str) -> str:
    """Return *text* without line breaks and control characters, cut at 300 characters."""
    line = _SPACE.sub(" ", text).strip()
    return line if len(line) <= PROGRESS_LIMIT else line[: PROGRESS_LIMIT - 1] + "…"


def _thoughts(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for key in ("outputs", "steps"):
        yield from (part for part in objects(document.get(key)) if part.get("type") == "thought")


def _instant(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None


def _labels(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {key: label for key, label in value.items() if isinstance(label, str)}
