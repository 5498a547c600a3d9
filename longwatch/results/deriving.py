"""What is made of a run's bytes? What they hold, in the light of what was asked and of the hops that they carry on."""

import json
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog

from longwatch.domain import ids
from longwatch.domain.states import Status
from longwatch.results.masking import Mask, opened_mask
from longwatch.store.endings import Derivation
from longwatch.store.hops import AskedOf
from longwatch.store.vault import Vault
from longwatch.upstream.derive import Derived, derive
from longwatch.upstream.requests import plans, schema_of, wants_json

_FAULTS = (ValueError, TypeError, LookupError, AttributeError, RecursionError)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a run of a job was asked for, what of it is secret, and the hops that it carries on, masked."""

    job_id: uuid.UUID
    body: dict[str, Any] = field(repr=False)
    turn: Mapping[str, Any] | None = field(repr=False)
    planning: bool
    mask: Mask
    earlier: list[bytes] = field(repr=False)


def wanted(vault: Vault, job_id: uuid.UUID, asked: AskedOf) -> Wanted:
    """Return what a run of the job was *asked* for; raise VaultError if no key opens what is secret in it."""
    body = {} if asked.request is None else json.loads(asked.request.body)
    mask = opened_mask(vault, None if asked.request is None else asked.request.secrets)
    return Wanted(
        job_id=job_id,
        body=body,
        turn=asked.turn,
        planning=plans(body, asked.turn),
        mask=mask,
        earlier=[mask.raw(vault.read(hop)) for hop in asked.earlier],
    )


def made_of(raw: bytes, asked: Wanted) -> tuple[Derived | None, Derivation]:
    """Return what *raw* holds, its secrets masked, and the same as it is stored.

    A fault of ours is a derivation with an error.
    """
    body = asked.body
    try:
        derived = derive(
            asked.mask.raw(raw),
            structured=wants_json(body),
            schema=schema_of(body),
            earlier=asked.earlier,
            asked=[body, asked.turn],
        )
        return derived, derivation(derived)
    except _FAULTS as error:
        return None, _failed(error, asked.job_id)


def _failed(error: Exception, job_id: uuid.UUID) -> Derivation:
    # Where it happened, but not what the error says: that may quote the result.
    where = "".join(traceback.format_tb(error.__traceback__))
    name = type(error).__name__
    job = ids.encode(ids.JOB, job_id)
    log.error("a result could not be derived; its bytes are kept", job=job, error=name, where=where)
    return Derivation(error=name)


def is_plan(derived: Derived, asked: Wanted) -> bool:
    """Say whether the run brought a plan, which is never shown as the result."""
    return asked.planning and derived.status == Status.COMPLETED and not derived.empty


def derivation(derived: Derived) -> Derivation:
    """Return *derived* as it is stored."""
    return Derivation(
        text=derived.text,
        citations=[asdict(citation) for citation in derived.citations],
        artifacts=[asdict(artifact) for artifact in derived.artifacts],
        files=derived.files,
        usage=derived.usage,
        revision=derived.revision,
        parsed=derived.parsed,
        parse_error=derived.parse_error,
    )
