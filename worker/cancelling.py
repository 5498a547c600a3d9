"""How does a cancel reach the upstream? Asked once a minute until the run ends; what it answers is only a hint."""

import structlog

from longwatch.domain import ids
from longwatch.store.cancelling import cancel_sent
from longwatch.store.claims import DueInteraction
from longwatch.upstream.outcomes import CancelRefused, CancelTaken, CancelUnsupported
from worker.runtime import Runtime

log = structlog.get_logger()


async def ask_cancel(runtime: Runtime, row: DueInteraction) -> bool:
    """Ask the upstream to stop the run; False if it knows no cancel. A worker that has lost the run asks nothing."""
    key = runtime.settings.key(row.upstream_key)
    if key is None or runtime.leases.lapsed(row.held):
        return True
    async with runtime.open_requests:
        outcome = await runtime.upstream.cancel(row.upstream_id, key)
    log.info("cancel asked", job=ids.encode(ids.JOB, row.job_id), outcome=type(outcome).__name__.lower())
    if isinstance(outcome, CancelTaken | CancelRefused | CancelUnsupported):
        async with runtime.engine.begin() as tx:
            await cancel_sent(tx, row.held)
    return not isinstance(outcome, CancelUnsupported)
