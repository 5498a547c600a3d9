"""Jobs as they are shown to people who watch the queue, for tests."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from longwatch.domain.shown import ShownJob
from longwatch.domain.states import Status

JOB_ID = uuid.UUID("01935a00-0000-7000-8000-000000000001")
CREATED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROMPT = "Research the history of the Google TPUs"


def body_with(given: Any) -> bytes:
    """Return a create body whose input is *given*."""
    return json.dumps({"agent": "deep-research", "input": given}).encode()


def a_shown_job(status: Status = Status.IN_PROGRESS, **changed: Any) -> ShownJob:
    """Return a job in *status* that was made at noon and started 2 s later; *changed* fields override."""
    plain: dict[str, Any] = {
        "id": JOB_ID,
        "status": status,
        "runs": "deep-research",
        "attempt": 1,
        "tried": status not in {Status.QUEUED, Status.WAITING},
        "tags": ["nightly"],
        "created_at": CREATED,
        "started_at": CREATED + timedelta(seconds=2),
        "finished_at": None,
        "elapsed": timedelta(seconds=61),
        "upstream_status": "in_progress",
        "cancel_requested": False,
        "queue_detail": None,
        "attention_code": None,
        "attention_detail": None,
        "error": None,
        "usage": None,
        "characters": None,
        "sources": None,
        "body": body_with(PROMPT),
        "said": None,
    }
    return ShownJob(**plain | changed)
