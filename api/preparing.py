"""Can this job be accepted, and as what will it be stored? Pure: a submission in, a row or its problems out."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.submission import Submission
from longwatch.domain import ids
from longwatch.domain.errors import FieldProblem, InvalidRequestError
from longwatch.settings import Settings
from longwatch.store.inserting import NewJob
from longwatch.store.vault import Vault
from longwatch.upstream import requests
from longwatch.upstream.attachments import file_names
from longwatch.upstream.secrets import split_secrets
from longwatch.webhooks.urls import check_url

_LONGEST_NAME: Final = 200
_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a submission is judged by."""

    project: str
    settings: Settings
    vault: Vault


def prepare(submission: Submission, desk: Desk, *, idempotency_key: str | None) -> NewJob:
    """Return the job as it will be stored; raise InvalidRequestError naming every field that forbids it."""
    if problems := list(_problems(submission, desk)):
        raise InvalidRequestError(problems)
    body = requests.normalise(submission.request)
    public, secrets = split_secrets(body)
    settings = desk.settings
    return NewJob(
        id=ids.new(),
        project=desk.project,
        upstream_key=submission.upstream_key,
        agent=body.get("agent"),
        model=body.get("model"),
        body=_COMPACT.encode(public).encode(),
        secrets=desk.vault.seal(secrets) if secrets else None,
        request_hash=_hash(submission, body),
        idempotency_key=idempotency_key,
        priority=submission.priority,
        tags=submission.tags,
        metadata=submission.metadata,
        webhook_url=submission.webhook_url,
        webhook_events=submission.webhook_events,
        on_unknown_submit=submission.on_unknown_submit or settings.on_unknown_submit,
        deadline_seconds=submission.deadline_seconds or int(settings.deadline.total_seconds()),
        queued_deadline_seconds=submission.queued_deadline_seconds or int(settings.queued_deadline.total_seconds()),
        action_deadline_seconds=submission.action_deadline_seconds or int(settings.action_deadline.total_seconds()),
        start_deadline_seconds=submission.start_deadline_seconds,
        run_at=submission.run_at,
        watch=submission.watch,
        previous=body.get("previous_interaction_id"),
        files=file_names(body),
    )


def webhook_problems(url: str | None, settings: Settings) -> Iterator[FieldProblem]:
    """Yield what is wrong with *url* as a job's `webhook_url`."""
    problem = None if url is None else check_url(url, field="webhook_url", allow=settings.webhook_allow)
    if problem:
        yield problem


def _problems(submission: Submission, desk: Desk) -> Iterator[FieldProblem]:
    yield from _request_problems(submission.request, desk)
    yield from webhook_problems(submission.webhook_url, desk.settings)
    yield from _key_problems(submission.upstream_key, desk.settings)
    if submission.watch not in (None, "poll", "stream"):
        message = f"Progress cannot be followed by {submission.watch!r}."
        yield FieldProblem("watch", "unsupported", message, "Leave it out, or send `poll` or `stream`.")


def _request_problems(request: dict[str, Any], desk: Desk) -> Sequence[FieldProblem]:
    return requests.validate(request) or [
        *_name_problems(request),
        *_secret_problems(request, desk.vault),
    ]


def _name_problems(request: dict[str, Any]) -> Iterator[FieldProblem]:
    for field in ("agent", "model"):
        if len(request.get(field) or "") > _LONGEST_NAME:
            message = f"It is longer than {_LONGEST_NAME} characters."
            yield FieldProblem(
                f"request.{field}", "string_too_long", message, "Give the name as the upstream lists it."
            )


def _secret_problems(request: dict[str, Any], vault: Vault) -> Iterator[FieldProblem]:
    if not vault.usable and split_secrets(request)[1]:
        message = "It holds secrets, and this installation has no key to encrypt them with."
        yield FieldProblem("request", "no_encryption_key", message, "Have the operator set LONGWATCH_ENCRYPTION_KEYS.")


def _key_problems(name: str, settings: Settings) -> Iterator[FieldProblem]:
    if name != "default" and settings.key(name) is None:
        known = sorted({"default", *settings.keys})
        message = f"There is no upstream key named {name!r}."
        yield FieldProblem("upstream_key", "unknown_key", message, f"Choose from: {', '.join(known)}.")


def _hash(submission: Submission, body: dict[str, Any]) -> bytes:
    said = submission.model_dump(mode="json", exclude={"request", "idempotency_key"}, exclude_defaults=True)
    return hashlib.sha256(_CANONICAL.encode({**said, "request": body}).encode()).digest()
