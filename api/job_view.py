"""How is a job shown? The fields that design and clients rely on, and words for why it still waits."""

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from longwatch.domain import ids
from longwatch.domain.attention import REMEDIES, AttentionCode
from longwatch.domain.states import Status
from longwatch.store.inserting import NewJob
from longwatch.store.queueing import Place
from longwatch.store.reading import ReadJob

Utc = Annotated[datetime, AfterValidator(lambda instant: instant.astimezone(UTC))]
QueueReason = Literal[
    "scheduled",
    "paused",
    "upstream_key",
    "backing_off",
    "rate_limited",
    "max_running",
    "limit",
    "starting",
    "predecessor",
]
_ID = "job_01jd3x9v7s8q5w2e4r6t8y0a1b"


class AttentionView(BaseModel):
    """Why a person should look at a job, and what they can do."""

    code: AttentionCode
    since: Utc | None
    detail: str | None
    remedies: list[str]


class CallView(BaseModel):
    """A function that the run wants called."""

    call_id: str
    name: str | None
    arguments: Any


class CallsView(BaseModel):
    """The run waits for the results of its calls."""

    type: Literal["function_calls"]
    calls: list[CallView]


class PlanView(BaseModel):
    """The run waits for a word on its plan."""

    type: Literal["plan"]
    text: str | None


class Terms(BaseModel):
    """What was asked for, defaults filled in."""

    agent: str | None
    model: str | None
    upstream_key: str
    priority: int
    tags: list[str]
    metadata: dict[str, Any]
    webhook_url: str | None
    webhook_events: list[str] | None = Field(description="null: all but `job.started`")
    on_unknown_submit: Literal["hold", "resubmit", "fail"]
    deadline_seconds: int
    queued_deadline_seconds: int
    action_deadline_seconds: int
    run_at: Utc | None
    watch: str | None


class WouldBeView(Terms):
    """A job as it would be stored: the answer to a dry run."""

    status: Status = Status.QUEUED


class JobView(Terms):
    """A job."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": _ID,
                "status": "in_progress",
                "upstream_status": "in_progress",
                "attention": None,
                "interaction_id": "int_01jd3x9wf3m8k1n5p7r9t2v4x6",
                "upstream_interaction_id": "v1_ChdQT0xM",
                "creates": 1,
                "attempt": 1,
                "queue_reason": None,
                "created_at": "2026-11-22T18:00:00Z",
                "metadata": {"ticket": "R-1042"},
                "tags": ["tpu"],
            },
        },
    )

    id: str = Field(examples=[_ID])
    status: Status
    upstream_status: str | None = Field(description="the upstream's own word, as last read")
    attention: AttentionView | None = Field(description="set while a person should look")
    interaction_id: str | None = Field(description="our id of the current run, or of the one that is next")
    upstream_interaction_id: str | None = Field(description="the upstream's id of the current run")
    previous_interaction_id: str | None = Field(description="our id of the interaction that it goes on from")
    action: Annotated[CallsView | PlanView, Field(discriminator="type")] | None = Field(
        description="what the run asks for while the job is `requires_action`; answered by POST …/actions",
    )
    creates: int = Field(description="POSTs sent upstream")
    attempt: int = Field(description="intents that a policy or a person decided on")
    queue_reason: QueueReason | None = Field(description="why a queued job has not been started")
    queue_detail: str | None = Field(description="the same for people")
    queue_position: int | None = Field(
        None,
        description="while it waits for room, and where it alone is read: its place in the project's queue",
    )
    expected_start_at: Utc | None = Field(
        None, description="with `queue_position`, once enough runs of its agent have ended: an estimate, not a promise"
    )
    created_at: Utc
    started_at: Utc | None
    finished_at: Utc | None
    deadline_at: Utc | None
    start_deadline_at: Utc | None
    cancel_requested_at: Utc | None
    retry_of: str | None
    idempotency_key: str | None
    last_sequence: int = Field(description="of its newest event")
    error: dict[str, Any] | None
    usage: dict[str, Any] | None
    late_result: bool = Field(description="a result came after the job had ended without one")


class JobPage(BaseModel):
    """Jobs, newest first."""

    items: list[JobView]
    next_cursor: str | None = Field(description="send it as `cursor` for the next page; null on the last")


_AS_READ = tuple(name for name in JobView.model_fields if name in ReadJob._fields)
_as_read = attrgetter(*_AS_READ)


def shown(job: ReadJob, place: Place | None = None) -> JobView:
    """Return *job* as a client sees it, with its *place* in the queue if that was read."""
    fields = dict(zip(_AS_READ, _as_read(job), strict=True))
    ours = {
        "id": ids.encode(ids.JOB, job.id),
        "retry_of": job.retry_of and ids.encode(ids.JOB, job.retry_of),
        "interaction_id": _interaction(job.interaction_id),
        "previous_interaction_id": _interaction(job.predecessor_id),
        "upstream_interaction_id": job.upstream_id,
        "attention": _attention(job),
        "queue_detail": _WORDS[job.queue_reason](job) if job.queue_reason else None,
    }
    queue = {} if place is None else {"queue_position": place.position, "expected_start_at": place.expected_start_at}
    return JobView.model_validate(fields | ours | queue)


def would_be(job: NewJob) -> WouldBeView:
    """Return *job* as a dry run shows it."""
    return WouldBeView.model_validate({name: getattr(job, name) for name in WouldBeView.model_fields})


def _attention(job: ReadJob) -> AttentionView | None:
    if job.attention_code is None:
        return None
    code = AttentionCode(job.attention_code)
    remedies = [remedy.replace("{id}", ids.encode(ids.JOB, job.id)) for remedy in REMEDIES[code]]
    return AttentionView(code=code, since=job.attention_since, detail=job.attention_detail, remedies=remedies)


def _at(instant: datetime | None) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if instant else "its time"


def _interaction(interaction_id: uuid.UUID | None) -> str | None:
    return None if interaction_id is None else ids.encode(ids.INTERACTION, interaction_id)


def _stopped(job: ReadJob) -> str:
    why = ": ".join(part for part in (job.pause_code, job.pause_detail) if part)
    return f"The upstream key {job.upstream_key!r} is stopped until {_at(job.paused_until)}: {why or 'no reason kept'}."


def _paused(job: ReadJob) -> str:
    if job.paused_everywhere:
        return "An operator has paused creating in the whole installation; it starts again when they resume."
    return f"Creating is paused for {job.agent or job.model}: POST /v1/resume starts it again."


_WORDS: Mapping[str, Callable[[ReadJob], str]] = {
    "scheduled": lambda job: f"It is to be run at {_at(job.run_at)}.",
    "paused": _paused,
    "upstream_key": _stopped,
    "backing_off": lambda job: f"It is tried again at {_at(job.due_at)}: {job.queue_detail or 'it was not taken'}.",
    "rate_limited": lambda job: f"The upstream answered 429 for {job.agent or job.model}: creating is slowed down.",
    "limit": lambda _: "As many run of its upstream key, agent or project as may; it starts when one of them ends.",
    "max_running": lambda _: "As many interactions run as LONGWATCH_MAX_RUNNING allows; it starts when one ends.",
    "starting": lambda _: "It is started as soon as a worker takes it.",
    "predecessor": lambda job: f"It goes on from {_interaction(job.predecessor_id)}, whose job has not ended.",
}
