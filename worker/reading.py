"""How is one run read? With the key that made it; what comes is an outcome, never an exception."""

from longwatch.store.claims import DueInteraction
from longwatch.upstream.outcomes import KeyProblem, ReadOutcome, Trouble
from worker.runtime import Runtime


async def read(runtime: Runtime, row: DueInteraction) -> ReadOutcome:
    """Ask the upstream how the run is doing."""
    key = runtime.settings.key(row.upstream_key)
    if key is None:
        message = f"There is no upstream key named {row.upstream_key!r}: a run is read with the key that made it."
        return KeyProblem(reason="key_invalid", status=None, code="no_such_key", message=message)
    async with runtime.open_requests:
        outcome = await runtime.upstream.get(row.upstream_id, key)
    if isinstance(outcome, Trouble) and outcome.reason == "rate_limited":
        await runtime.budget.slow_down(row.upstream_key)
    return outcome
