"""What the follower reads and the door replays, and the files that were uploaded through it."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = """
ALTER TABLE interaction ADD COLUMN stream_due_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE interaction ADD COLUMN stream_claim BIGINT DEFAULT 0 NOT NULL;

ALTER TABLE interaction ADD COLUMN stream_failures SMALLINT DEFAULT 0 NOT NULL;

ALTER TABLE interaction ADD COLUMN stream_sealed_at TIMESTAMP WITH TIME ZONE;

CREATE INDEX interaction_stream_due ON interaction (stream_due_at) WHERE stream_due_at IS NOT NULL;

CREATE INDEX job_request_hash ON job (project, request_hash);

CREATE TABLE stream_event (
    interaction_id UUID NOT NULL,
    position INTEGER NOT NULL,
    event_id TEXT,
    data BYTEA NOT NULL,
    CONSTRAINT stream_event_pkey PRIMARY KEY (interaction_id, position),
    CONSTRAINT stream_event_interaction_id_fkey FOREIGN KEY(interaction_id) REFERENCES interaction (id)
);

CREATE TABLE file (
    id UUID NOT NULL,
    project TEXT NOT NULL,
    upstream_key TEXT NOT NULL,
    upload_url TEXT NOT NULL,
    name TEXT,
    document JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT file_pkey PRIMARY KEY (id)
);

CREATE INDEX file_name ON file (name) WHERE name IS NOT NULL
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE stream_event, file")
    op.execute("DROP INDEX job_request_hash")
    for column in ("stream_due_at", "stream_claim", "stream_failures", "stream_sealed_at"):
        op.execute(f"ALTER TABLE interaction DROP COLUMN {column}")
