"""Which runs may have ended upstream without our having read them, and for how long are they kept there?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from longwatch.store.engine import Tx
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """The runs of one lane that were not seen at work when they were to be: how many, and the least time *left*."""

    project: str
    upstream_key: str
    agent: str
    runs: int
    left: timedelta


# A run that was just seen at work has not ended; of any other, the create's answer is all that is known for sure.
_UNREAD = """
SELECT lane.project, lane.upstream_key, lane.agent, count(*) AS runs,
    min(interaction.answered_at) + CAST(:retention AS interval) - lw_now() AS left
FROM interaction JOIN lane ON lane.id = interaction.lane_id
WHERE interaction.due_at IS NOT NULL AND interaction.ended_at IS NULL AND interaction.upstream_id IS NOT NULL
    AND interaction.delete_requested_at IS NULL AND (interaction.failures > 0 OR interaction.due_at < lw_now())
GROUP BY lane.id ORDER BY "left"
"""


async def unread(tx: Tx, *, retention: timedelta) -> Sequence[Unread]:
    """Return, lane by lane and the most urgent first, what may be lost if the upstream keeps a run for *retention*."""
    return [Unread(**row) for row in (await tx.execute(text(_UNREAD), {"retention": retention})).mappings()]
