"""What is kept of a call that was passed through? A job and its result, so that it can be read and followed up."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from api.context import Context
from api.door.asking import Asked
from api.door.passage import KEY_NAME
from longwatch.domain import ids
from longwatch.domain.actions import calls_asked
from longwatch.domain.states import Status
from longwatch.results.deriving import derivation
from longwatch.results.masking import kept, mask_of
from longwatch.store import recording
from longwatch.store.inserting import NewJob
from longwatch.store.interactions import Predecessor
from longwatch.store.recording import PassedRun
from longwatch.store.turns import Turn
from longwatch.store.vault import Kept
from longwatch.upstream.calls import open_calls
from longwatch.upstream.derive import Derived, derive
from longwatch.upstream.requests import schema_of, wants_json
from longwatch.upstream.secrets import split_secrets

_STATUSES: Final[Mapping[str | None, Status]] = {
    "completed": Status.COMPLETED,
    "failed": Status.FAILED,
    "cancelled": Status.CANCELLED,
    "incomplete": Status.INCOMPLETE,
    "budget_exceeded": Status.BUDGET_EXCEEDED,
    "requires_action": Status.REQUIRES_ACTION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One call that is passed through: whose it is, what it asks, what it follows, and the id it is given here."""

    project: str
    asked: Asked
    body: Mapping[str, Any] = field(repr=False)
    before: Predecessor | None
    id: UUID = field(default_factory=ids.new)

    @property
    def stored(self) -> bool:
        """Return whether the upstream keeps it, and we may."""
        return self.body.get("store") is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the upstream said of it in the end."""

    upstream_id: str
    raw: bytes = field(repr=False)
    content_type: str
    events: Sequence[bytes] = field(default=(), repr=False)


async def keep(here: Context, passed: Passed, answer: Answer) -> None:
    """Store the call with its answer: as the next run of the job that waited for it, else with a job of its own."""
    secrets = split_secrets(passed.body)[1]
    mask = mask_of(secrets)
    shown = replace(answer, raw=mask.raw(answer.raw), events=[mask.raw(event) for event in answer.events])
    derived = await asyncio.to_thread(
        derive,
        shown.raw,
        structured=wants_json(passed.body),
        schema=schema_of(passed.body),
        asked=[passed.body],
    )
    run = _run(passed, shown, derived)
    async with here.engine.begin() as tx:
        before = passed.before
        if before is not None and before.asks:
            turn = Turn(after=before.id, input=passed.body.get("input"), digest=passed.id.bytes)
            if await recording.record_next(tx, before.job_id, turn, run):
                return
        # Only a job of its own has these secrets, which bytes as received may repeat; and only sealed ones may.
        raw = kept(here.vault, answer.raw, mask=mask) if secrets and here.vault.usable else run.raw
        await recording.record(tx, _job(here, passed), replace(run, raw=raw))


def _run(passed: Passed, answer: Answer, derived: Derived) -> PassedRun:
    return PassedRun(
        id=passed.id,
        upstream_id=answer.upstream_id,
        status=_STATUSES.get(derived.status),
        upstream_status=derived.status,
        raw=Kept(answer.raw),
        content_type=answer.content_type,
        derivation=derivation(derived),
        asked=calls_asked(open_calls(answer.raw)),
        error=None if derived.error is None else asdict(derived.error),
        events=answer.events,
    )


def _job(here: Context, passed: Passed) -> NewJob:
    """Return the job that stands for the call; what is secret in it is sealed, for a next turn, or not kept."""
    settings = here.settings
    public, secrets = split_secrets(passed.body)
    body = json.dumps(public, ensure_ascii=False).encode(errors="replace")
    return NewJob(
        id=ids.new(),
        project=passed.project,
        upstream_key=KEY_NAME,
        agent=passed.body.get("agent"),
        model=passed.body.get("model"),
        body=body,
        secrets=here.vault.seal(secrets) if secrets and here.vault.usable else None,
        request_hash=hashlib.sha256(passed.id.bytes).digest(),
        idempotency_key=None,
        priority=5,
        tags=[],
        metadata=passed.asked.metadata,
        webhook_url=passed.asked.webhook_url,
        webhook_events=None,
        on_unknown_submit=settings.on_unknown_submit,
        deadline_seconds=int(settings.deadline.total_seconds()),
        queued_deadline_seconds=int(settings.queued_deadline.total_seconds()),
        action_deadline_seconds=int(settings.action_deadline.total_seconds()),
        start_deadline_seconds=None,
        run_at=None,
        watch=None,
        interaction_id=passed.id,
    )
