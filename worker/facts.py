"""What do decisions about a run rest on?"""

from longwatch.domain.watching import Facts
from longwatch.store.claims import DueInteraction


def facts_of(row: DueInteraction) -> Facts:
    """Return what decisions about *row* rest on."""
    return Facts(
        live=row.role == "live",
        cancel_age=row.cancel_age,
        cancel_sent_age=row.cancel_sent_age,
        past_deadline=row.past_deadline,
    )
