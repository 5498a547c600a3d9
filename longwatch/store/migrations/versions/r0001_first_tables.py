"""First tables."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE api_key (
    id UUID NOT NULL,
    project TEXT NOT NULL,
    name TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT api_key_pkey PRIMARY KEY (id),
    CONSTRAINT api_key_key_hash_key UNIQUE (key_hash)
);

CREATE TABLE lane (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    project TEXT NOT NULL,
    upstream_key TEXT NOT NULL,
    agent TEXT NOT NULL,
    paused_until TIMESTAMP WITH TIME ZONE,
    pause_code TEXT,
    pause_detail TEXT,
    CONSTRAINT lane_pkey PRIMARY KEY (id),
    CONSTRAINT lane_project_upstream_key_agent_key UNIQUE (project, upstream_key, agent)
);

CREATE TABLE pause (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    project TEXT NOT NULL,
    agent TEXT,
    upstream_key TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    CONSTRAINT pause_pkey PRIMARY KEY (id),
    CONSTRAINT pause_project_agent_upstream_key_key UNIQUE NULLS NOT DISTINCT (project, agent, upstream_key)
);

CREATE TABLE job (
    claim BIGINT DEFAULT 0 NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE,
    wake INTEGER DEFAULT 0 NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    project TEXT NOT NULL,
    status TEXT NOT NULL,
    lane_id INTEGER NOT NULL,
    agent TEXT,
    model TEXT,
    priority SMALLINT NOT NULL,
    tags TEXT[] NOT NULL,
    metadata JSONB NOT NULL,
    idempotency_key TEXT,
    request_hash BYTEA NOT NULL,
    webhook_url TEXT,
    webhook_events TEXT[],
    on_unknown_submit TEXT NOT NULL,
    deadline_seconds INTEGER NOT NULL,
    queued_deadline_seconds INTEGER NOT NULL,
    action_deadline_seconds INTEGER NOT NULL,
    start_deadline_at TIMESTAMP WITH TIME ZONE,
    run_at TIMESTAMP WITH TIME ZONE,
    watch TEXT,
    retry_of UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    admitted_at TIMESTAMP WITH TIME ZONE,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    cancel_requested_at TIMESTAMP WITH TIME ZONE,
    deleted_at TIMESTAMP WITH TIME ZONE,
    interaction_id UUID,
    attempt INTEGER DEFAULT 0 NOT NULL,
    creates INTEGER DEFAULT 0 NOT NULL,
    refusals INTEGER DEFAULT 0 NOT NULL,
    last_sequence INTEGER DEFAULT 0 NOT NULL,
    attention_code TEXT,
    attention_detail TEXT,
    attention_since TIMESTAMP WITH TIME ZONE,
    queue_detail TEXT,
    error JSONB,
    usage JSONB,
    late_result BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT job_pkey PRIMARY KEY (id),
    CONSTRAINT job_lane_id_fkey FOREIGN KEY(lane_id) REFERENCES lane (id)
)
 WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX job_attention ON job (project, id) WHERE attention_code IS NOT NULL;

CREATE INDEX job_due ON job (lane_id, due_at) WHERE due_at IS NOT NULL AND admitted_at IS NOT NULL;

CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX job_project_id ON job (project, id);

CREATE UNIQUE INDEX job_project_idempotency_key ON job (project, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE INDEX job_project_status_id ON job (project, status, id);

CREATE INDEX job_retry_of ON job (retry_of) WHERE retry_of IS NOT NULL;

CREATE INDEX job_start_deadline ON job (start_deadline_at) WHERE start_deadline_at IS NOT NULL AND status = 'queued';

CREATE INDEX job_tags ON job USING gin (tags) WHERE tags <> '{}';

CREATE INDEX job_to_admit ON job (lane_id, priority, due_at, id) WHERE due_at IS NOT NULL AND admitted_at IS NULL;

CREATE TABLE event (
    job_id UUID NOT NULL,
    sequence INTEGER NOT NULL,
    type TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    interaction_id UUID,
    data JSONB NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (job_id, sequence),
    CONSTRAINT event_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE TABLE interaction (
    claim BIGINT DEFAULT 0 NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE,
    wake INTEGER DEFAULT 0 NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    job_id UUID NOT NULL,
    lane_id INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    role TEXT NOT NULL,
    running BOOLEAN DEFAULT true NOT NULL,
    create_outcome TEXT,
    upstream_id TEXT,
    upstream_status TEXT,
    intent_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    intent_claim BIGINT,
    answered_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    deadline_at TIMESTAMP WITH TIME ZONE,
    cancel_requested_at TIMESTAMP WITH TIME ZONE,
    cancel_sent_at TIMESTAMP WITH TIME ZONE,
    missing_since TIMESTAMP WITH TIME ZONE,
    delete_requested_at TIMESTAMP WITH TIME ZONE,
    deleted_at TIMESTAMP WITH TIME ZONE,
    polls INTEGER DEFAULT 0 NOT NULL,
    failures SMALLINT DEFAULT 0 NOT NULL,
    rereads SMALLINT DEFAULT 0 NOT NULL,
    progress_hash BIGINT,
    CONSTRAINT interaction_pkey PRIMARY KEY (id),
    CONSTRAINT interaction_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT interaction_lane_id_fkey FOREIGN KEY(lane_id) REFERENCES lane (id)
)
 WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX interaction_due ON interaction (lane_id, due_at) WHERE due_at IS NOT NULL;

CREATE INDEX interaction_job_id ON interaction (job_id);

CREATE INDEX interaction_running ON interaction (intent_at) WHERE running;

CREATE INDEX interaction_upstream_id ON interaction (upstream_id) WHERE upstream_id IS NOT NULL;

CREATE TABLE job_request (
    job_id UUID NOT NULL,
    body BYTEA NOT NULL,
    secrets BYTEA,
    CONSTRAINT job_request_pkey PRIMARY KEY (job_id),
    CONSTRAINT job_request_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE TABLE delivery (
    claim BIGINT DEFAULT 0 NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE,
    wake INTEGER DEFAULT 0 NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    id UUID NOT NULL,
    job_id UUID NOT NULL,
    sequence INTEGER NOT NULL,
    url TEXT NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT delivery_pkey PRIMARY KEY (id),
    CONSTRAINT delivery_job_id_fkey FOREIGN KEY(job_id, sequence) REFERENCES event (job_id, sequence)
)
 WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX delivery_due ON delivery (due_at) WHERE due_at IS NOT NULL;

CREATE INDEX delivery_exhausted ON delivery (ended_at) WHERE status = 'exhausted';

CREATE INDEX delivery_job_id ON delivery (job_id, sequence);

CREATE TABLE result (
    interaction_id UUID NOT NULL,
    job_id UUID NOT NULL,
    raw BYTEA NOT NULL,
    content_type TEXT,
    readable BOOLEAN NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    derived_at TIMESTAMP WITH TIME ZONE,
    derive_error TEXT,
    revision TEXT,
    text TEXT,
    citations JSONB,
    artifacts JSONB,
    usage JSONB,
    parsed JSONB,
    parse_error TEXT,
    CONSTRAINT result_pkey PRIMARY KEY (interaction_id),
    CONSTRAINT result_interaction_id_fkey FOREIGN KEY(interaction_id) REFERENCES interaction (id),
    CONSTRAINT result_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE INDEX result_job_id ON result (job_id);

CREATE TABLE delivery_attempt (
    delivery_id UUID NOT NULL,
    number INTEGER NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    duration_ms INTEGER NOT NULL,
    http_status INTEGER,
    error TEXT,
    response_head TEXT,
    CONSTRAINT delivery_attempt_pkey PRIMARY KEY (delivery_id, number),
    CONSTRAINT delivery_attempt_delivery_id_fkey FOREIGN KEY(delivery_id) REFERENCES delivery (id)
)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE FUNCTION lw_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT statement_timestamp()'")
    for statement in TABLES.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE delivery_attempt, result, delivery, job_request, interaction, event, job, pause, lane, api_key")
    op.execute("DROP FUNCTION lw_now()")
