"""How does a job change? Through here: a guarded UPDATE with its event and delivery, in the caller's transaction."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from longwatch.domain import ids
from longwatch.domain.attention import Attention
from longwatch.domain.events import DEFAULT_WEBHOOKS, NewEvent
from longwatch.domain.states import TERMINAL, Status, legal, sources
from longwatch.domain.unknown_submit import Policy
from longwatch.store.claims import DueDelivery, Held
from longwatch.store.engine import Tx, jsonb, storable
from longwatch.store.statements import text


@dataclass(frozen=True, slots=True)
class Sql:
    """An SQL expression of ours as a column's new value; never built from input."""

    expression: str


def after(delay: timedelta) -> Sql:
    """Return the instant *delay* from now, by the database's clock."""
    return Sql(f"lw_now() + make_interval(secs => {delay.total_seconds():.3f})")


NOW = Sql("lw_now()")
NO_ATTENTION: Mapping[str, Any] = {"attention_code": None, "attention_detail": None, "attention_since": None}
AT_REST: Mapping[str, Any] = {"due_at": None, "claimed_at": None}


def anew() -> Mapping[str, Any]:
    """Return the columns of a job that goes on with another interaction, named from now on."""
    return {"refusals": 0, "start_deadline_at": None, "next_interaction_id": ids.new()}


def marked(attention: Attention) -> Mapping[str, Any]:
    """Return the columns that put *attention* on a job; its clock starts anew when the reason is another."""
    since = f"CASE WHEN attention_code = '{attention.code.value}' THEN attention_since ELSE lw_now() END"
    return {
        "attention_code": attention.code.value,
        "attention_detail": storable(attention.detail),
        "attention_since": Sql(since),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to happen to one job: a new state or none, an event or none, columns beside them.

    `claim` fences a worker's decision: it must still hold the job row. `of` is the interaction that the job must still
    mean. `hold` makes the delivery already claimed for so long, for a writer that delivers it itself after the commit.
    `along` is written in the same statement.
    """

    job_id: uuid.UUID
    to: Status | None = None
    expect: Collection[Status] | None = None
    event: NewEvent | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    claim: int | None = None
    of: uuid.UUID | None = None
    hold: timedelta | None = None
    along: "Along | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """What goes with a change in one round trip, as common table expressions of ours; never built from input.

    `first` comes before it: nothing changes unless the last of them, named by `given`, has a row. `then` follows, and
    finds the job in `changed`. Their *values* must not be named as the change's own.
    """

    first: str = ""
    given: str = ""
    then: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The job after its change, and the delivery that came of it; `held` is that delivery if the writer holds it."""

    job_id: uuid.UUID
    status: Status
    sequence: int
    delivery_id: uuid.UUID | None
    held: DueDelivery | None = None


_CHANGE = """
WITH {first}changed AS (
    UPDATE job SET {assignments}
    WHERE id = :job_id AND status = ANY(:expect){fence}
    RETURNING id, status, last_sequence, coalesce(interaction_id, next_interaction_id) AS interaction_id,
              webhook_url, webhook_events, deleted_at, metadata
), told AS (
    INSERT INTO event (job_id, sequence, type, interaction_id, data)
    SELECT id, last_sequence, :event, interaction_id,
           jsonb_build_object('status', status)
               || CASE WHEN deleted_at IS NULL THEN CAST(:data AS jsonb) ELSE {wordless} END
    FROM changed WHERE CAST(:event AS text) IS NOT NULL
    RETURNING type, at, data
), sent AS (
    INSERT INTO delivery (id, job_id, sequence, url, status, claim, claimed_at, due_at)
    SELECT :delivery_id, id, last_sequence, webhook_url, 'pending',
           CASE WHEN CAST(:hold AS interval) IS NULL THEN 0 ELSE 1 END,
           CASE WHEN CAST(:hold AS interval) IS NULL THEN NULL ELSE lw_now() END,
           lw_now() + coalesce(CAST(:hold AS interval), interval '0')
    FROM changed
    WHERE webhook_url IS NOT NULL AND CAST(:event AS text) = ANY(coalesce(webhook_events, :defaults))
    RETURNING id, url
){then}
SELECT changed.id, changed.status, changed.last_sequence, sent.id AS delivery_id{delivery}
FROM changed LEFT JOIN told ON true LEFT JOIN sent ON true
"""
_DELIVERY = ", sent.url, told.type, told.at, told.data, changed.interaction_id, changed.metadata"


# A statement of its own: within the change, a job that was made to wait while this one was locked is not seen.
_WAKE_WAITING = """
WITH waiting AS MATERIALIZED (
    SELECT id FROM job WHERE predecessor_job_id = :job_id AND status = 'waiting' ORDER BY id FOR NO KEY UPDATE
)
UPDATE job SET wake = wake + 1, due_at = CASE WHEN claimed_at IS NULL THEN lw_now() ELSE due_at END
FROM waiting WHERE job.id = waiting.id
"""


async def change(tx: Tx, wanted: Change) -> Changed | None:
    """Make *wanted* happen; None if the job is not (or no longer) in a state that allows it.

    Raise ValueError for a change that no state allows: that is a fault of the caller.
    """
    expect = _expected(wanted)
    assignments, values = _assignments(wanted)
    parameters = values | {
        "job_id": wanted.job_id,
        "expect": [status.value for status in expect],
        "fence": wanted.claim,
        "of": wanted.of,
        "event": wanted.event.type.value if wanted.event else None,
        "data": jsonb(_told(wanted)),
        "delivery_id": ids.new(),
        "hold": wanted.hold,
        "defaults": [event.value for event in DEFAULT_WEBHOOKS],
    }
    along = wanted.along or Along()
    row = (await tx.execute(text(_statement(wanted, assignments, along)), {**parameters, **along.values})).first()
    if row is None:
        return None
    if wanted.to in TERMINAL:
        await tx.execute(text(_WAKE_WAITING), {"job_id": wanted.job_id})
    held = None if wanted.hold is None or row.delivery_id is None else _held(row)
    return Changed(job_id=row[0], status=Status(row[1]), sequence=row[2], delivery_id=row[3], held=held)


def _statement(wanted: Change, assignments: str, along: Along) -> str:
    return _CHANGE.format(
        first=f"{along.first}, " if along.first else "",
        assignments=assignments,
        fence=_fence(wanted, along),
        wordless=wordless("CAST(:data AS jsonb)"),
        then=f", {along.then}" if along.then else "",
        delivery="" if wanted.hold is None else _DELIVERY,
    )


def _held(row: Any) -> DueDelivery:
    return DueDelivery(
        held=Held(table="delivery", id=row.delivery_id, claim=1, wake=0),
        job_id=row.id,
        sequence=row.last_sequence,
        url=row.url,
        attempts=0,
        type=row.type,
        at=row.at,
        interaction_id=row.interaction_id,
        data=row.data,
        metadata=row.metadata,
    )


def wordless(data: str) -> str:
    """Return an SQL expression for an event's *data* without what a deleted job said, found or was told."""
    return f"({data} - ARRAY['preview', 'text', 'action']) #- '{{error,message}}' #- '{{attention,detail}}'"


def _fence(wanted: Change, along: Along) -> str:
    conditions = [
        "claim = :fence AND claimed_at IS NOT NULL" if wanted.claim is not None else "",
        "interaction_id = :of" if wanted.of is not None else "",
        f"EXISTS (SELECT FROM {along.given})" if along.given else "",
        "cancel_requested_at IS NULL" if wanted.to is Status.SUBMITTING else "",
    ]
    return "".join(f" AND {condition}" for condition in conditions if condition)


def _expected(wanted: Change) -> Collection[Status]:
    if wanted.to is None:
        return wanted.expect if wanted.expect is not None else tuple(Status)
    expect = wanted.expect if wanted.expect is not None else sources(wanted.to)
    if illegal := [status for status in expect if not legal(status, wanted.to)]:
        raise ValueError(f"no job may go from {illegal} to {wanted.to}")
    return expect


def _assignments(wanted: Change) -> tuple[str, dict[str, Any]]:
    fields = dict(wanted.fields)
    if wanted.to is not None:
        fields["status"] = wanted.to.value
    if wanted.event is not None:
        fields["last_sequence"] = Sql("last_sequence + 1")
    parts = [f"{name} = {_value(name, value)}" for name, value in fields.items()]
    values = {f"set_{name}": _bound(name, value) for name, value in fields.items() if not isinstance(value, Sql)}
    return ", ".join(parts), values


_JSON_COLUMNS = frozenset({"error", "usage", "metadata"})
# What an error says may quote what was asked: of a deleted job's, its code is kept.
_ERROR = """
CASE WHEN deleted_at IS NULL OR CAST(:set_error AS jsonb) IS NULL THEN CAST(:set_error AS jsonb)
     ELSE jsonb_build_object('code', CAST(:set_error AS jsonb) -> 'code') END
"""


def _bound(name: str, value: Any) -> Any:
    return jsonb(value) if name in _JSON_COLUMNS and value is not None else value


def _value(name: str, value: Any) -> str:
    if isinstance(value, Sql):
        return value.expression
    if name == "error":
        return _ERROR
    return f"CAST(:set_{name} AS jsonb)" if name in _JSON_COLUMNS else f":set_{name}"


def _told(wanted: Change) -> dict[str, Any]:
    return {} if wanted.event is None else dict(wanted.event.data)


async def lock(tx: Tx, job_id: uuid.UUID) -> "Locked | None":
    """Lock the job's row for the rest of the transaction; jobs are always locked before their interactions."""
    return await _locked(tx, ":id", job_id)


async def lock_of(tx: Tx, interaction_id: uuid.UUID) -> "Locked | None":
    """Lock the job that an interaction was made for, before the interaction itself is written."""
    return await _locked(tx, "(SELECT job_id FROM interaction WHERE id = :id)", interaction_id)


async def _locked(tx: Tx, which: str, value: uuid.UUID) -> "Locked | None":
    row = (await tx.execute(text(_LOCK.format(which=which)), {"id": value})).mappings().first()
    return None if row is None else Locked(**{**row, "status": Status(row["status"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """What decisions about a locked job rest on."""

    id: uuid.UUID
    project: str
    status: Status
    interaction_id: uuid.UUID | None
    attempt: int
    refusals: int
    lane_id: int
    on_unknown_submit: Policy
    deadline_seconds: int
    queued_deadline_seconds: int
    action_deadline_seconds: int
    cancel_requested: bool
    deleted: bool
    attention_code: str | None
    claimed: bool
    claim: int | None


_LOCK = """
SELECT id, project, status, interaction_id, attempt, refusals, lane_id, on_unknown_submit, deadline_seconds,
       queued_deadline_seconds, action_deadline_seconds, cancel_requested_at IS NOT NULL AS cancel_requested,
       deleted_at IS NOT NULL AS deleted, attention_code, claimed_at IS NOT NULL AS claimed,
       CASE WHEN claimed_at IS NOT NULL THEN claim END AS claim
FROM job WHERE id = {which} FOR NO KEY UPDATE
"""
