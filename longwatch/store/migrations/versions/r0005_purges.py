"""When a job's results and events were purged, and by which indexes what is to be purged is found."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = """
ALTER TABLE job ADD COLUMN results_purged_at TIMESTAMP WITH TIME ZONE;

ALTER TABLE job ADD COLUMN events_purged_at TIMESTAMP WITH TIME ZONE;

CREATE INDEX job_results_kept ON job (finished_at) WHERE finished_at IS NOT NULL AND results_purged_at IS NULL;

CREATE INDEX job_events_kept ON job (finished_at) WHERE finished_at IS NOT NULL AND events_purged_at IS NULL;

CREATE INDEX job_key_outliving ON job (results_purged_at)
    WHERE results_purged_at IS NOT NULL AND idempotency_key IS NOT NULL;

CREATE INDEX delivery_ended ON delivery (ended_at) WHERE ended_at IS NOT NULL
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX delivery_ended")
    for column in ("results_purged_at", "events_purged_at"):
        op.execute(f"ALTER TABLE job DROP COLUMN {column}")
