"""Can the files that a create points at be used yet? One that the upstream still processes is waited for."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from longwatch.store.claims import DueJob, release
from longwatch.upstream.attachments import file_names
from worker.runtime import Runtime

_LOOK_AGAIN: Final = timedelta(seconds=5)
# Its place among those at work is given back: a file may be processed for long.
_WAITING: Final = "queue_detail = :detail, admitted_at = NULL"


async def put_off(runtime: Runtime, job: DueJob, body: Mapping[str, Any]) -> bool:
    """Give the job back for a while if one of its files is PROCESSING; of any other, the create itself will tell."""
    key = runtime.settings.key(job.upstream_key)
    if key is None:
        return False
    for name in file_names(body):
        if await runtime.upstream.file_state(name, key) == "PROCESSING":
            await _wait(runtime, job, name)
            return True
    return False


async def _wait(runtime: Runtime, job: DueJob, name: str) -> None:
    detail = f"the upstream is still processing {name}"
    async with runtime.engine.begin() as tx:
        await release(tx, job.held, delay=_LOOK_AGAIN, assignments=_WAITING, detail=detail)
    runtime.announcer.moved(job.held.id)
