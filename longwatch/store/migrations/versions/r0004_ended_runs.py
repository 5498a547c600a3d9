"""Each lane's ended runs, by their end: how long they take is learned from the newest."""

from alembic import op

revision = "0004"
down_revision = "0003"

# A run that was kept when it was over already, in one statement, has no duration and is left out.
INDEX = "CREATE INDEX interaction_ended ON interaction (lane_id, ended_at) WHERE ended_at > answered_at"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(INDEX)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP INDEX interaction_ended")
