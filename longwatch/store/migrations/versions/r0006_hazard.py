"""What past runs teach about when runs end."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLE = """
CREATE TABLE hazard (
    agent TEXT NOT NULL,
    rates DOUBLE PRECISION[] NOT NULL,
    ends INTEGER NOT NULL,
    fitted_at TIMESTAMP WITH TIME ZONE DEFAULT lw_now() NOT NULL,
    CONSTRAINT hazard_pkey PRIMARY KEY (agent)
)
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TABLE hazard")
