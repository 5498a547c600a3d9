"""How does push do? From the database, who saw the last hour's endings; from this process, what came in."""

from collections.abc import Sequence

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from api.inbox import Inbox
from longwatch.store import sightings
from longwatch.store.engine import Tx
from longwatch.store.sightings import Seen

_LAG = "From an end until it was seen, last hour"
_MISSED = "Endings of the last hour that push did not tell in time"
_IDLE = "Runs that push called ended and a read found at work, last hour"
_TRUSTED = "Whether push is relied on, and reads are slow"


async def push_gauges(tx: Tx) -> Sequence[Metric]:
    """Return the gauges of push."""
    chart, record = await sightings.chart(tx), await sightings.judged(tx)
    return [
        *_seen(chart.seen),
        GaugeMetricFamily("longwatch_push_missed", _MISSED, chart.missed),
        GaugeMetricFamily("longwatch_push_for_nothing", _IDLE, chart.idle),
        GaugeMetricFamily("longwatch_push_trusted", _TRUSTED, record.trusted),
    ]


def inbox_counters(inbox: Inbox) -> Sequence[Metric]:
    """Return what this process has taken in, and what it has not."""
    received = CounterMetricFamily("longwatch_push_received", "Valid webhooks of the upstream's", labels=["outcome"])
    for outcome, number in inbox.received.items():
        received.add_metric([outcome], number)
    rejected = CounterMetricFamily("longwatch_push_rejected", "Webhooks that were not taken", labels=["reason"])
    for reason, number in inbox.rejected.items():
        rejected.add_metric([reason], number)
    return received, rejected


def _seen(firsts: Sequence[Seen]) -> Sequence[Metric]:
    endings = GaugeMetricFamily("longwatch_push_endings", "Endings of the last hour, by who saw them", labels=["by"])
    lag = GaugeMetricFamily("longwatch_push_ending_lag_seconds", _LAG, labels=["by", "quantile"])
    for seen in firsts:
        endings.add_metric([seen.by], seen.endings)
        for quantile, seconds in (("0.5", seen.median), ("0.95", seen.p95)):
            if seconds is not None:
                lag.add_metric([seen.by, quantile], seconds)
    return endings, lag
