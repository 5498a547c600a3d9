"""How far each pass over the stored results came, so that one that was killed goes on where it stopped."""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLE = """
CREATE TABLE reparse (
    id UUID NOT NULL,
    since TIMESTAMP WITH TIME ZONE,
    job_id UUID,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    position UUID,
    report JSONB NOT NULL,
    CONSTRAINT reparse_pkey PRIMARY KEY (id)
)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE reparse")
