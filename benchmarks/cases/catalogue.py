"""Which cases are there? In the order of the report."""

from benchmarks.cases import growth, inflight, mixed, saturation, webhooks

CASES = {
    case.name: case
    for case in (
        mixed.MIXED,
        mixed.MIXED_SAME,
        inflight.FIVE_THOUSAND,
        inflight.FIFTY_THOUSAND,
        saturation.SATURATION,
        saturation.SLOW,
        mixed.TLS,
        webhooks.WEBHOOKS,
        growth.GROWTH,
    )
}
