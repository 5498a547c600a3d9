"""How does an event reach its receiver? One signed POST an attempt; a receiver that fails delays only its own row."""

from datetime import timedelta
from typing import Any

import structlog

from longwatch.domain import ids
from longwatch.store import deliveries
from longwatch.store.claims import DueDelivery, release
from longwatch.store.deliveries import Attempt
from longwatch.store.door import Changed
from longwatch.webhooks.attempt import AttemptResult, Outgoing, Verdict, attempt
from longwatch.webhooks.body import build_body
from longwatch.webhooks.schedule import next_delay
from worker.runtime import Runtime

log = structlog.get_logger()


def deliver_now(runtime: Runtime, changed: Changed, *, expires: float) -> None:
    """Begin the first attempt of the delivery that came of *changed*, which this worker has inserted claimed."""
    if changed.held is not None:
        runtime.spawn(deliver(runtime, changed.held, expires=expires), name="deliver")


async def deliver(runtime: Runtime, delivery: DueDelivery, *, expires: float) -> None:
    """Make one attempt and write down what came of it; where its receiver has enough under way here, it stays due."""
    if not runtime.attempts.allow(delivery.url):
        async with runtime.engine.each_by_itself() as tx:
            await release(tx, delivery.held, delay=timedelta())
        return
    with runtime.leases.holding(delivery.held, expires=expires), runtime.attempts.one_more(delivery.url):
        outgoing = Outgoing(
            url=delivery.url,
            webhook_id=ids.encode(ids.MESSAGE, delivery.held.id),
            body=body_of(delivery),
            secrets=tuple(secret.get_secret_value() for secret in runtime.settings.webhook_secret),
        )
        result = await attempt(outgoing, client=runtime.receivers, clock=runtime.clock)
        await _record(runtime, delivery, result)


def body_of(delivery: DueDelivery) -> bytes:
    """Return the event's bytes, the same for every attempt."""
    job = ids.encode(ids.JOB, delivery.job_id)
    data: dict[str, Any] = {
        "job_id": job,
        "sequence": delivery.sequence,
        "status": delivery.data.get("status"),
        "interaction_id": delivery.interaction_id and ids.encode(ids.INTERACTION, delivery.interaction_id),
        "metadata": dict(delivery.metadata),
        "usage": None,
        "error": None,
        "attention": None,
        "action": None,
        "preview": None,
        "result_url": f"/v1/jobs/{job}/result",
    }
    return build_body(delivery.type, at=delivery.at, data=data | dict(delivery.data))


async def _record(runtime: Runtime, delivery: DueDelivery, result: AttemptResult) -> None:
    number = delivery.attempts + 1
    retry_in = None
    status = {Verdict.DELIVERED: "delivered", Verdict.GONE: "gone"}.get(result.verdict, "pending")
    if result.verdict is Verdict.RETRY:
        retry_in = next_delay(number, runtime.rng, result.retry_after)
        status = "exhausted" if retry_in is None else "pending"
    made = Attempt(
        duration=result.duration,
        http_status=result.status,
        error=result.error,
        response_head=result.response_head,
    )
    async with runtime.engine.each_by_itself() as tx:
        await deliveries.record(tx, delivery, made, status=status, retry_in=retry_in)
    log.info("webhook attempted", job=ids.encode(ids.JOB, delivery.job_id), attempt=number, status=status)
