"""How far may two clocks be apart? Webhook signatures and HTTP dates bear seconds, not minutes."""

from datetime import datetime, timedelta

from longwatch.doctor.finding import Finding, strange, well, wrong

NOTICED = timedelta(seconds=5)
TOO_MUCH = timedelta(seconds=60)
_REMEDY = "Keep all machines in step (NTP): receivers refuse webhooks that are five minutes off."


def compared(check: str, *, theirs: datetime, ours: datetime) -> Finding:
    """Return whether another clock, read at the same moment, agrees with this process's."""
    apart = abs(theirs - ours)
    seconds = apart.total_seconds()
    words = f"{seconds:.1f} s {'ahead of' if theirs > ours else 'behind'} this process"
    if apart >= TOO_MUCH:
        return wrong(check, words, _REMEDY)
    return strange(check, words, _REMEDY) if apart >= NOTICED else well(check, words)
