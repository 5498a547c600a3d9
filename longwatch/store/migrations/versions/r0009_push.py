"""What the upstream's own webhooks wake, and how each end was seen."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = """
ALTER TABLE interaction ADD COLUMN push_asked BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE interaction ADD COLUMN pushed_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE interaction ADD COLUMN push_idle BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE interaction ADD COLUMN candidate_upstream_id TEXT;

CREATE TABLE sighting (
    interaction_id UUID NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    seen_by TEXT NOT NULL,
    lag_seconds FLOAT,
    expected BOOLEAN NOT NULL,
    pushed_at TIMESTAMP WITH TIME ZONE,
    push_idle BOOLEAN NOT NULL,
    CONSTRAINT sighting_pkey PRIMARY KEY (interaction_id)
);

CREATE INDEX sighting_seen_at ON sighting (seen_at)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE sighting")
    for column in ("push_asked", "pushed_at", "push_idle", "candidate_upstream_id"):
        op.execute(f"ALTER TABLE interaction DROP COLUMN {column}")
