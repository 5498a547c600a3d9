"""Which lanes has the upstream told to slow down, until when, and to how many at once?"""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE lane ADD COLUMN ceiling INTEGER, ADD COLUMN slowed_until TIMESTAMP WITH TIME ZONE")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE lane DROP COLUMN ceiling, DROP COLUMN slowed_until")
