"""Which results are encrypted, and which keys may read them as they are."""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS = """
ALTER TABLE result ADD COLUMN sealed BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE api_key ADD COLUMN admin BOOLEAN DEFAULT false NOT NULL
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER TABLE result DROP COLUMN sealed")
    op.execute("ALTER TABLE api_key DROP COLUMN admin")
