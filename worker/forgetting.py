"""How does a deleted job leave the upstream? Once its run has ended there, by the upstream's own delete."""

from longwatch.store.claims import DueInteraction, release
from longwatch.upstream.outcomes import Deleted, DeleteOutcome, DeleteRefused, Gone
from worker.runtime import Runtime
from worker.unclear import next_try


async def forget(runtime: Runtime, row: DueInteraction) -> None:
    """Delete the interaction upstream; try again later if that fails for a passing reason."""
    done = isinstance(await _delete(runtime, row), Deleted | Gone | DeleteRefused)
    delay = None if done else next_try(runtime, row, None)
    noted = "deleted_at = lw_now()" if done else "failures = least(failures + 1, 1000)"
    async with runtime.engine.begin() as tx:
        await release(tx, row.held, delay=delay, assignments=noted)


async def _delete(runtime: Runtime, row: DueInteraction) -> DeleteOutcome | None:
    key = runtime.settings.key(row.upstream_key)
    if key is None:
        return None
    async with runtime.open_requests:
        return await runtime.upstream.delete(row.upstream_id, key)
