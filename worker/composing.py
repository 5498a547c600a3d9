"""What does a job's next create say? The request as given, or the turn that carries its last run on."""

import asyncio
import json
from typing import Any

from longwatch.domain import predecessor
from longwatch.store import creates, hops, predecessors
from longwatch.store.claims import DueJob, StoredRequest
from longwatch.store.hops import StoppedRun
from longwatch.store.predecessors import Known
from longwatch.store.vault import VaultError
from longwatch.upstream.derive import derive
from longwatch.upstream.outcomes import Refused
from longwatch.upstream.requests import answered, continued, following
from longwatch.upstream.secrets import join_secrets
from worker.runtime import Runtime

Body = dict[str, Any] | Refused
"""What is to be sent, or why it cannot even be put together."""


async def next_body(runtime: Runtime, job: DueJob) -> Body | None:
    """Return what the job's next create says; None once its request has been erased."""
    stored, stopped, before = job.request, None, None
    if stored is None or job.begun or job.follows:
        async with runtime.engine.each_by_itself() as tx:
            stored = stored or await creates.read_request(tx, job.held.id)
            stopped = await hops.read_stopped(tx, job.held.id) if job.begun else None
            before = await predecessors.known(tx, job.held.id) if job.follows else None
    if stored is None:
        return None
    body = _opened(runtime, stored)
    if isinstance(body, Refused):
        return body
    return _first(body, before) if stopped is None else await _next(runtime, body, stopped)


def _first(body: dict[str, Any], before: Known | None) -> Body:
    if before is None:
        return body
    if before.upstream_id is None:
        message = "The job that this one goes on from was deleted."
        return Refused(kind="final", reason="not_found", status=None, code=predecessor.GONE, message=message)
    return following(body, before.upstream_id)


async def _next(runtime: Runtime, body: dict[str, Any], stopped: StoppedRun) -> dict[str, Any]:
    if stopped.turn is not None:
        return answered(body, stopped.turn, previous_id=stopped.upstream_id)
    derived = await asyncio.to_thread(derive, runtime.vault.read(stopped.raw))
    kept = body if stopped.earlier_turn is None else answered(body, stopped.earlier_turn, previous_id="")
    return continued(kept, previous_id=stopped.upstream_id, token=derived.continuation_token)


def _opened(runtime: Runtime, stored: StoredRequest) -> Body:
    body: dict[str, Any] = json.loads(stored.body)
    try:
        return body if stored.secrets is None else join_secrets(body, runtime.vault.open(stored.secrets))
    except VaultError as error:
        return Refused(kind="retry", reason="unavailable", status=None, code="sealed", message=str(error))
