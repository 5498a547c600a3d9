"""How does the upstream's push change what a worker does? Creates ask for it, reads are slowed by it, ends judge it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from longwatch.domain.polling import spread
from longwatch.domain.push_pace import Promise, paced
from longwatch.domain.unknown_submit import COUNTS_AS_RUNNING
from longwatch.settings import Settings
from longwatch.store import sightings
from longwatch.store.claims import DueInteraction
from longwatch.store.engine import Tx
from longwatch.upstream.outcomes import Ended
from longwatch.upstream.requests import names_receivers, told
from worker.runtime import Runtime

_TOLD: Final = frozenset({"completed", "failed", "requires_action"})
"""The endings that the upstream's webhooks tell of (google-genai 3.4.0; a cancel is told by some of its pages only)."""


def asks_push(runtime: Runtime, body: Mapping[str, Any], *, key_name: str) -> bool:
    """Return whether the upstream will be asked to tell us of the end of the run that *body* creates.

    A producer who counts on the webhooks registered upstream keeps them: any address in a create replaces them.
    """
    match runtime.settings.push_mode:
        case "dynamic":
            own = body.get("webhook_config")
            return key_name not in runtime.push_free and (not own or names_receivers(body))
        case "static":
            return not names_receivers(body)
    return False


def addressed(settings: Settings, body: Mapping[str, Any], *, metadata: Mapping[str, str]) -> Mapping[str, Any]:
    """Return *body* with our address in it where that is how the upstream is asked; else as it is."""
    if settings.push_mode != "dynamic" or settings.push_url is None:
        return body
    return told(body, uri=settings.push_url, metadata=metadata)


def push_wait(settings: Settings) -> timedelta:
    """Return how long a create without an answer waits for the upstream's word: as long as a run may last."""
    return COUNTS_AS_RUNNING if settings.push_mode == "dynamic" else timedelta()


async def slowed(runtime: Runtime, planned: timedelta, *, asked: bool, told_age: timedelta | None = None) -> timedelta:
    """Return the wait until a run's next read, where *planned* is the poll policy's word without push."""
    settings = runtime.settings
    relied_on = asked and settings.push_mode != "off" and await runtime.reputation.trusted()
    safety = spread(settings.push_safety, settings.poll_jitter, runtime.rng)
    return paced(planned, Promise(relied_on=relied_on, told_age=told_age), safety=safety)


async def sight(tx: Tx, row: DueInteraction, ended: Ended) -> None:
    """Note who saw this end first, and how late, before anything is made of it."""
    await sightings.record(
        tx,
        row.held.id,
        by_push=row.pushed_age is not None,
        expected=ended.upstream_status in _TOLD,
        ended_at=ended.ended_at,
    )
