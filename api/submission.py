"""What does a producer send? A job to run, many at once, or changes to one that is still queued."""

from typing import Any, Final

from pydantic import ConfigDict, Field, SkipValidation

from api.fields import (
    DeadlineSeconds,
    IdempotencyKey,
    Input,
    Instant,
    Metadata,
    Name,
    OnUnknownSubmit,
    Priority,
    Tags,
    Text,
    WebhookEvents,
)

MAX_BATCH: Final = 1000
_REQUEST_EXAMPLE: dict[str, Any] = {
    "agent": "deep-research-preview-04-2026",
    "input": "Research the history of the Google TPUs with a focus on 2025 and 2026.",
    "background": True,
}
_EXAMPLE: dict[str, Any] = {
    "request": _REQUEST_EXAMPLE,
    "webhook_url": "https://example.com/hooks/research",
    "metadata": {"ticket": "R-1042"},
    "tags": ["tpu"],
}


class Submission(Input):
    """A job to run."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    request: dict[str, Any] = Field(
        description="the body of an Interactions API create, checked before anything is stored",
        examples=[_REQUEST_EXAMPLE],
    )
    webhook_url: Text | None = Field(None, description="where the job's events are sent, signed")
    webhook_events: WebhookEvents | None = Field(None, description="which events; by default all but `job.started`")
    metadata: Metadata = Field({}, description="yours: comes back with the job and every webhook; at most 16 KB")
    tags: Tags = Field([], description="at most 20, of 64 characters each; jobs are listed by them")
    priority: Priority = Field(5, description="higher is started first")
    run_at: Instant | None = Field(None, description="not before this instant (RFC 3339 with a zone)")
    deadline_seconds: DeadlineSeconds | None = Field(None, description="for the run, from the create's answer on")
    queued_deadline_seconds: DeadlineSeconds | None = Field(None, description="how long the upstream may queue it")
    action_deadline_seconds: DeadlineSeconds | None = Field(None, description="how long a person may take to answer")
    start_deadline_seconds: DeadlineSeconds | None = Field(None, description="to be started, from its creation on")
    on_unknown_submit: OnUnknownSubmit | None = Field(
        None,
        description="what becomes of a create whose answer was lost: wait for a person, create again once, or fail",
    )
    upstream_key: Name = Field("default", description="the name of the upstream key to run it with")
    watch: Text | None = Field(None, description="how progress is followed: `poll`, or step by step: `stream`")


class BatchItem(Submission):
    """A job of a batch, with an idempotency key of its own."""

    idempotency_key: IdempotencyKey | None = None


class Batch(Input):
    """Up to 1,000 jobs; each is accepted or refused on its own."""

    model_config = ConfigDict(json_schema_extra={"example": {"items": [_EXAMPLE]}})

    items: list[SkipValidation[BatchItem]] = Field(min_length=1, max_length=MAX_BATCH)


class Edit(Input):
    """Changes to a queued job; what is left out stays. `null` takes an optional setting away."""

    model_config = ConfigDict(json_schema_extra={"example": {"priority": 9, "tags": ["urgent"]}})

    priority: Priority = 5
    run_at: Instant | None = None
    tags: Tags = Field([])
    metadata: Metadata = Field({})
    webhook_url: Text | None = None
    webhook_events: WebhookEvents | None = None
    deadline_seconds: DeadlineSeconds = 1
    start_deadline_seconds: DeadlineSeconds | None = None
    on_unknown_submit: OnUnknownSubmit = "hold"
