"""Which rows does Longwatch keep? SQLModel declarations; migrations create them, `store` modules query them.

Rows that need attention have `due_at`; rows at rest have NULL. `claim` counts claims and fences stale writers,
`claimed_at` is set while a lease runs, `wake` counts requests for attention during a lease.
"""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

_NOW = sa.text("lw_now()")
_HOT = {
    "postgresql_with": {
        "fillfactor": 70,
        "autovacuum_vacuum_scale_factor": 0.02,
        "autovacuum_analyze_scale_factor": 0.02,
    }
}


class _Claimed(SQLModel):
    """The four columns by which work is claimed, fenced and woken."""

    claim: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    claimed_at: datetime | None = None
    wake: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    due_at: datetime | None = None


class ApiKey(SQLModel, table=True):
    """A key that may use the API for one project; only its hash is kept."""

    __tablename__ = "api_key"

    id: uuid.UUID = Field(primary_key=True)
    project: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    key_hash: bytes = Field(sa_type=BYTEA, unique=True)
    admin: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    created_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    revoked_at: datetime | None = None


class Lane(SQLModel, table=True):
    """Work that shares an upstream quota: one row per (project, upstream key, agent or model), and its breaker."""

    __tablename__ = "lane"
    __table_args__ = (sa.UniqueConstraint("project", "upstream_key", "agent"), _HOT)

    id: int = Field(sa_column=sa.Column(sa.Integer, sa.Identity(always=True), primary_key=True))
    project: str = Field(sa_type=sa.Text)
    upstream_key: str = Field(sa_type=sa.Text)
    agent: str = Field(sa_type=sa.Text)
    paused_until: datetime | None = None
    pause_code: str | None = Field(default=None, sa_type=sa.Text)
    pause_detail: str | None = Field(default=None, sa_type=sa.Text)
    running: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    miscounted_at: datetime | None = None
    ceiling: int | None = None
    slowed_until: datetime | None = None


class Pause(SQLModel, table=True):
    """A person's stop to creating: for a project or (NULL) all of them, one agent, one upstream key, or both."""

    __tablename__ = "pause"
    __table_args__ = (sa.UniqueConstraint("project", "agent", "upstream_key", postgresql_nulls_not_distinct=True),)

    id: int = Field(sa_column=sa.Column(sa.Integer, sa.Identity(always=True), primary_key=True))
    project: str | None = Field(default=None, sa_type=sa.Text)
    agent: str | None = Field(default=None, sa_type=sa.Text)
    upstream_key: str | None = Field(default=None, sa_type=sa.Text)
    created_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})


class Job(_Claimed, table=True):
    """What a producer asked for."""

    __tablename__ = "job"
    __table_args__ = (
        sa.Index(
            "job_project_idempotency_key",
            "project",
            "idempotency_key",
            unique=True,
            postgresql_where=sa.text("idempotency_key IS NOT NULL"),
        ),
        sa.Index(
            "job_to_admit",
            "lane_id",
            "priority",
            "due_at",
            "id",
            postgresql_where=sa.text("due_at IS NOT NULL AND admitted_at IS NULL"),
        ),
        sa.Index(
            "job_due",
            "lane_id",
            "due_at",
            postgresql_where=sa.text("due_at IS NOT NULL AND admitted_at IS NOT NULL"),
        ),
        sa.Index("job_held", "lane_id", "due_at", postgresql_where=sa.text("claimed_at IS NOT NULL")),
        sa.Index(
            "job_start_deadline",
            "start_deadline_at",
            postgresql_where=sa.text("start_deadline_at IS NOT NULL AND status = 'queued'"),
        ),
        sa.Index("job_project_id", "project", "id"),
        sa.Index("job_request_hash", "project", "request_hash"),
        sa.Index("job_project_status_id", "project", "status", "id"),
        sa.Index("job_tags", "tags", postgresql_using="gin", postgresql_where=sa.text("tags <> '{}'")),
        sa.Index("job_retry_of", "retry_of", postgresql_where=sa.text("retry_of IS NOT NULL")),
        sa.Index("job_finished", "finished_at", postgresql_where=sa.text("finished_at IS NOT NULL")),
        sa.Index(
            "job_results_kept",
            "finished_at",
            postgresql_where=sa.text("finished_at IS NOT NULL AND results_purged_at IS NULL"),
        ),
        sa.Index(
            "job_events_kept",
            "finished_at",
            postgresql_where=sa.text("finished_at IS NOT NULL AND events_purged_at IS NULL"),
        ),
        sa.Index(
            "job_key_outliving",
            "results_purged_at",
            postgresql_where=sa.text("results_purged_at IS NOT NULL AND idempotency_key IS NOT NULL"),
        ),
        sa.Index("job_attention", "project", "id", postgresql_where=sa.text("attention_code IS NOT NULL")),
        sa.Index(
            "job_next_interaction_id",
            "next_interaction_id",
            postgresql_where=sa.text("next_interaction_id IS NOT NULL"),
        ),
        sa.Index("job_waiting", "predecessor_job_id", postgresql_where=sa.text("status = 'waiting'")),
        _HOT,
    )

    id: uuid.UUID = Field(primary_key=True)
    project: str = Field(sa_type=sa.Text)
    status: str = Field(sa_type=sa.Text)
    lane_id: int = Field(foreign_key="lane.id")
    agent: str | None = Field(default=None, sa_type=sa.Text)
    model: str | None = Field(default=None, sa_type=sa.Text)
    priority: int = Field(sa_type=sa.SmallInteger)
    tags: list[str] = Field(sa_column=sa.Column(ARRAY(sa.Text), nullable=False))
    job_metadata: dict[str, Any] = Field(sa_column=sa.Column("metadata", JSONB, nullable=False))
    idempotency_key: str | None = Field(default=None, sa_type=sa.Text)
    request_hash: bytes = Field(sa_type=BYTEA)
    webhook_url: str | None = Field(default=None, sa_type=sa.Text)
    webhook_events: list[str] | None = Field(default=None, sa_column=sa.Column(ARRAY(sa.Text)))
    on_unknown_submit: str = Field(sa_type=sa.Text)
    deadline_seconds: int
    queued_deadline_seconds: int
    action_deadline_seconds: int
    start_deadline_at: datetime | None = None
    run_at: datetime | None = None
    watch: str | None = Field(default=None, sa_type=sa.Text)
    retry_of: uuid.UUID | None = None

    created_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    admitted_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    deleted_at: datetime | None = None
    results_purged_at: datetime | None = None
    events_purged_at: datetime | None = None

    interaction_id: uuid.UUID | None = None
    attempt: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    creates: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    refusals: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    last_sequence: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    attention_code: str | None = Field(default=None, sa_type=sa.Text)
    attention_detail: str | None = Field(default=None, sa_type=sa.Text)
    attention_since: datetime | None = None
    queue_detail: str | None = Field(default=None, sa_type=sa.Text)
    error: dict[str, Any] | None = Field(default=None, sa_column=sa.Column(JSONB))
    usage: dict[str, Any] | None = Field(default=None, sa_column=sa.Column(JSONB))
    late_result: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})

    next_interaction_id: uuid.UUID | None = None
    predecessor_id: uuid.UUID | None = None
    predecessor_job_id: uuid.UUID | None = None


class JobRequest(SQLModel, table=True):
    """The create body as given, its secrets sealed apart."""

    __tablename__ = "job_request"

    job_id: uuid.UUID = Field(primary_key=True, foreign_key="job.id")
    body: bytes = Field(sa_type=BYTEA)
    secrets: bytes | None = Field(default=None, sa_type=BYTEA)


class Interaction(_Claimed, table=True):
    """One run upstream that we created, or tried to, for a job."""

    __tablename__ = "interaction"
    __table_args__ = (
        sa.Index("interaction_job_id", "job_id"),
        sa.Index("interaction_upstream_id", "upstream_id", postgresql_where=sa.text("upstream_id IS NOT NULL")),
        sa.Index("interaction_due", "lane_id", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
        sa.Index("interaction_running", "intent_at", postgresql_where=sa.text("running")),
        sa.Index("interaction_ended", "lane_id", "ended_at", postgresql_where=sa.text("ended_at > answered_at")),
        sa.Index("interaction_stream_due", "stream_due_at", postgresql_where=sa.text("stream_due_at IS NOT NULL")),
        _HOT,
    )

    id: uuid.UUID = Field(primary_key=True)
    job_id: uuid.UUID = Field(foreign_key="job.id")
    lane_id: int = Field(foreign_key="lane.id")
    attempt: int
    role: str = Field(sa_type=sa.Text)
    running: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})
    create_outcome: str | None = Field(default=None, sa_type=sa.Text)
    upstream_id: str | None = Field(default=None, sa_type=sa.Text)
    upstream_status: str | None = Field(default=None, sa_type=sa.Text)
    intent_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    intent_claim: int | None = Field(default=None, sa_type=sa.BigInteger)
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    deadline_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    cancel_sent_at: datetime | None = None
    missing_since: datetime | None = None
    delete_requested_at: datetime | None = None
    deleted_at: datetime | None = None
    polls: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    failures: int = Field(default=0, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "0"})
    rereads: int = Field(default=0, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "0"})
    progress_hash: int | None = Field(default=None, sa_type=sa.BigInteger)

    push_asked: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    pushed_at: datetime | None = None
    push_idle: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    candidate_upstream_id: str | None = Field(default=None, sa_type=sa.Text)

    stream_due_at: datetime | None = None
    stream_claim: int = Field(default=0, sa_type=sa.BigInteger, sa_column_kwargs={"server_default": "0"})
    stream_failures: int = Field(default=0, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "0"})
    stream_sealed_at: datetime | None = None


class Result(SQLModel, table=True):
    """The upstream's bytes as received, sealed if they may repeat a secret, and what was derived from them."""

    __tablename__ = "result"

    interaction_id: uuid.UUID = Field(primary_key=True, foreign_key="interaction.id")
    job_id: uuid.UUID = Field(foreign_key="job.id", index=True)
    raw: bytes = Field(sa_type=BYTEA)
    content_type: str | None = Field(default=None, sa_type=sa.Text)
    sealed: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    readable: bool
    received_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    derived_at: datetime | None = None
    derive_error: str | None = Field(default=None, sa_type=sa.Text)
    revision: str | None = Field(default=None, sa_type=sa.Text)
    text: str | None = Field(default=None, sa_type=sa.Text)
    citations: list[Any] | None = Field(default=None, sa_column=sa.Column(JSONB))
    artifacts: list[Any] | None = Field(default=None, sa_column=sa.Column(JSONB))
    usage: dict[str, Any] | None = Field(default=None, sa_column=sa.Column(JSONB))
    parsed: Any = Field(default=None, sa_column=sa.Column(JSONB))
    parse_error: str | None = Field(default=None, sa_type=sa.Text)


class Reparse(SQLModel, table=True):
    """One pass over the stored results: what it is over, how far it came, and what it has found."""

    __tablename__ = "reparse"

    id: uuid.UUID = Field(primary_key=True)
    since: datetime | None = None
    job_id: uuid.UUID | None = None
    started_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    finished_at: datetime | None = None
    position: uuid.UUID | None = None
    report: dict[str, Any] = Field(sa_column=sa.Column(JSONB, nullable=False))


class Action(SQLModel, table=True):
    """What a run that has stopped asked for, and the turn that answered it."""

    __tablename__ = "action"

    interaction_id: uuid.UUID = Field(primary_key=True, foreign_key="interaction.id")
    job_id: uuid.UUID = Field(foreign_key="job.id", index=True)
    asked: dict[str, Any] = Field(sa_column=sa.Column(JSONB, nullable=False))
    asked_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    answer_hash: bytes | None = Field(default=None, sa_type=BYTEA)
    turn: dict[str, Any] | None = Field(default=None, sa_column=sa.Column(JSONB))
    answered_at: datetime | None = None


class Artifact(SQLModel, table=True):
    """One image, sound, video or document of a result, as a file."""

    __tablename__ = "artifact"

    interaction_id: uuid.UUID = Field(primary_key=True, foreign_key="interaction.id")
    index: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    job_id: uuid.UUID = Field(foreign_key="job.id", index=True)
    mime_type: str = Field(sa_type=sa.Text)
    sha256: bytes = Field(sa_type=BYTEA)
    data: bytes = Field(sa_type=BYTEA)


class StreamEvent(SQLModel, table=True):
    """One event of a run's stream, as the upstream sent it."""

    __tablename__ = "stream_event"

    interaction_id: uuid.UUID = Field(primary_key=True, foreign_key="interaction.id")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: str | None = Field(default=None, sa_type=sa.Text)
    data: bytes = Field(sa_type=BYTEA)


class File(SQLModel, table=True):
    """A file that was uploaded through us: whose it is, and where its next piece goes."""

    __tablename__ = "file"
    __table_args__ = (
        sa.Index("file_name", "name", postgresql_where=sa.text("name IS NOT NULL")),
        sa.Index("file_expires_at", "expires_at", postgresql_where=sa.text("expires_at IS NOT NULL")),
    )

    id: uuid.UUID = Field(primary_key=True)
    project: str = Field(sa_type=sa.Text)
    upstream_key: str = Field(sa_type=sa.Text)
    upload_url: str = Field(sa_type=sa.Text)
    name: str | None = Field(default=None, sa_type=sa.Text)
    document: dict[str, Any] | None = Field(default=None, sa_column=sa.Column(JSONB))
    created_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    expires_at: datetime | None = None


class Event(SQLModel, table=True):
    """One thing that happened to a job; sequences are gap-free per job."""

    __tablename__ = "event"

    job_id: uuid.UUID = Field(primary_key=True, foreign_key="job.id")
    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    type: str = Field(sa_type=sa.Text)
    at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    interaction_id: uuid.UUID | None = None
    data: dict[str, Any] = Field(sa_column=sa.Column(JSONB, nullable=False))


class Delivery(_Claimed, table=True):
    """One event on its way to one address."""

    __tablename__ = "delivery"
    __table_args__ = (
        sa.ForeignKeyConstraint(["job_id", "sequence"], ["event.job_id", "event.sequence"]),
        sa.Index("delivery_job_id", "job_id", "sequence"),
        sa.Index("delivery_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL")),
        sa.Index("delivery_ended", "ended_at", postgresql_where=sa.text("ended_at IS NOT NULL")),
        sa.Index("delivery_exhausted", "ended_at", postgresql_where=sa.text("status = 'exhausted'")),
        _HOT,
    )

    id: uuid.UUID = Field(primary_key=True)
    job_id: uuid.UUID
    sequence: int
    url: str = Field(sa_type=sa.Text)
    status: str = Field(sa_type=sa.Text)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    created_at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    ended_at: datetime | None = None


class DeliveryAttempt(SQLModel, table=True):
    """One POST of a delivery and how it went."""

    __tablename__ = "delivery_attempt"

    delivery_id: uuid.UUID = Field(primary_key=True, foreign_key="delivery.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_column_kwargs={"server_default": _NOW})
    duration_ms: int
    http_status: int | None = None
    error: str | None = Field(default=None, sa_type=sa.Text)
    response_head: str | None = Field(default=None, sa_type=sa.Text)
