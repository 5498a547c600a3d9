"""Which pauses stop the whole installation? Those of no project."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE pause ALTER COLUMN project DROP NOT NULL")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM pause WHERE project IS NULL")
    op.execute("ALTER TABLE pause ALTER COLUMN project SET NOT NULL")
