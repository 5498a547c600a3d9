"""Which processes are there, and does the queue carry to them: canaries sent and heard."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = """
CREATE TABLE process (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    deaf_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT process_pkey PRIMARY KEY (id)
);

CREATE TABLE canary (
    queue TEXT NOT NULL,
    process_id UUID,
    sent BIGINT DEFAULT 0 NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    heard BIGINT DEFAULT 0 NOT NULL,
    heard_at TIMESTAMP WITH TIME ZONE,
    unheard_since TIMESTAMP WITH TIME ZONE,
    CONSTRAINT canary_pkey PRIMARY KEY (queue),
    CONSTRAINT canary_process_id_fkey FOREIGN KEY(process_id) REFERENCES process (id) ON DELETE CASCADE
)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE canary, process")
