"""What is shown of a job to people who watch the queue? One read of it, whole, whatever was shown before."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from longwatch.domain.states import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownJob:
    """A job as it stands; `elapsed` runs from its start, or from its creation, to its end or to now.

    `tried` says that a create was meant: then a queued job is back in the queue.
    """

    id: uuid.UUID
    status: Status
    runs: str
    attempt: int
    tried: bool
    tags: Sequence[str]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    elapsed: timedelta
    upstream_status: str | None
    cancel_requested: bool
    queue_detail: str | None
    attention_code: str | None
    attention_detail: str | None
    error: Mapping[str, Any] | None
    usage: Mapping[str, Any] | None
    characters: int | None
    sources: int | None
    body: bytes | None
    said: str | None
