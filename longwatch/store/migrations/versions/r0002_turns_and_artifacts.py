"""Planned interaction ids, predecessors, what runs ask for, and media as files."""

from alembic import op

revision = "0002"
down_revision = "0001"

# Every new column may be NULL: workers of the release before this one go on beside it.
STATEMENTS = """
ALTER TABLE job
    ADD COLUMN next_interaction_id UUID,
    ADD COLUMN predecessor_id UUID,
    ADD COLUMN predecessor_job_id UUID;

CREATE INDEX job_next_interaction_id ON job (next_interaction_id) WHERE next_interaction_id IS NOT NULL;

CREATE INDEX job_waiting ON job (predecessor_job_id) WHERE status = 'waiting';

CREATE TABLE action (
    interaction_id UUID NOT NULL,
    job_id UUID NOT NULL,
    asked JSONB NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    answer_hash BYTEA,
    turn JSONB,
    answered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT action_pkey PRIMARY KEY (interaction_id),
    CONSTRAINT action_interaction_id_fkey FOREIGN KEY(interaction_id) REFERENCES interaction (id),
    CONSTRAINT action_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE INDEX action_job_id ON action (job_id);

CREATE TABLE artifact (
    interaction_id UUID NOT NULL,
    index INTEGER NOT NULL,
    job_id UUID NOT NULL,
    mime_type TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    data BYTEA NOT NULL,
    CONSTRAINT artifact_pkey PRIMARY KEY (interaction_id, index),
    CONSTRAINT artifact_interaction_id_fkey FOREIGN KEY(interaction_id) REFERENCES interaction (id),
    CONSTRAINT artifact_job_id_fkey FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE INDEX artifact_job_id ON artifact (job_id);

ALTER TABLE artifact ALTER COLUMN data SET STORAGE EXTERNAL
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE artifact, action")
    # What waited for another job starts by itself in a release that does not know waiting jobs.
    op.execute("UPDATE job SET status = 'queued', admitted_at = NULL WHERE status = 'waiting'")
    op.execute(
        "ALTER TABLE job DROP COLUMN next_interaction_id, DROP COLUMN predecessor_id, DROP COLUMN predecessor_job_id"
    )
