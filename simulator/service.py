"""What does each call do to the simulated world?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.answers import Answer, ApiError, json_answer
from simulator.config import Revision
from simulator.creation import created_subject, new_interaction
from simulator.event_stream import Feed
from simulator.events import events, position_after
from simulator.evidence import Evidence
from simulator.interaction import Interaction
from simulator.keys import kept_seconds
from simulator.ops import CallOp
from simulator.script import Subject
from simulator.shapes import View, document
from simulator.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request; *body* is parsed JSON, None if it is none; *refused* is known from what had to be looked up."""

    op: CallOp
    key: str | None = None
    id: str | None = None
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    revision: Revision = "steps"
    evidence: Evidence = field(default_factory=Evidence)
    refused: ApiError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a call did: its answer, whether it took effect, whether it shows an end, and the stream asked for."""

    answer: Answer
    accepted: bool
    interaction: Interaction | None = None
    terminal: bool = False
    feed: Feed | None = None


def subject_of(world: World, call: Call) -> Subject:
    """Return what *call* is about, for the script to match."""
    if call.op == "create":
        return created_subject(call.body, keep_turns=call.revision == "legacy")
    found = world.find(call.id or "")
    if found is None:
        return Subject(op=call.op, labels={})
    return Subject(op=call.op, labels=found.labels, prompt=found.prompt, reads=found.reads)


def perform(world: World, call: Call) -> Effect:
    """Carry *call* out; a refusal is an effect too."""
    try:
        return _OPERATIONS[call.op](world, call)
    except ApiError as refused:
        return Effect(answer=refused.answer, accepted=False, interaction=world.find(call.id or ""))


def _create(world: World, call: Call) -> Effect:
    if call.refused is not None:
        raise call.refused
    interaction = new_interaction(world, call.body, keep_turns=call.revision == "legacy", evidence=call.evidence)
    interaction.kept_seconds = kept_seconds(call.key)
    world.shelf.put(interaction)
    shown = _shown(world, interaction, View(revision=call.revision))
    return replace(shown, feed=_feed(world, interaction, call)) if interaction.request.get("stream") else shown


def _get(world: World, call: Call) -> Effect:
    _check_query(call.query)
    interaction = _found(world, call)
    view = View(revision=call.revision, input_steps=True, input_field=call.query.get("include_input") == "true")
    return _shown(world, interaction, view)


def _stream(world: World, call: Call) -> Effect:
    _check_query(call.query)
    interaction = _found(world, call)
    shown = _shown(world, interaction, View(revision=call.revision, input_steps=True))
    after = call.query.get("last_event_id")
    feed = _feed(world, interaction, call)
    if after:
        feed = replace(feed, position=position_after(after))
        if feed.position > len(events(interaction, call.revision, now=world.clock.now())):
            raise ApiError(400, "Invalid value for 'last_event_id'.")
    return replace(shown, feed=feed)


def _feed(world: World, interaction: Interaction, call: Call) -> Feed:
    return Feed(interaction=interaction, revision=call.revision, clock=world.clock)


def _cancel(world: World, call: Call) -> Effect:
    interaction = _found(world, call)
    if interaction.life.cancel_unsupported:
        raise ApiError(404, "Method not found.", shape="array")
    now = world.clock.now()
    if interaction.state(now).ended_age is not None:
        raise ApiError(400, "Only a running background interaction can be cancelled.", code="failed_precondition")
    world.shelf.cancel(interaction, at=now)
    return _shown(world, interaction, View(revision=call.revision))


def _delete(world: World, call: Call) -> Effect:
    interaction = _found(world, call)
    world.shelf.delete(interaction)
    return Effect(answer=json_answer({}), accepted=True, interaction=interaction)


_OPERATIONS: dict[CallOp, Callable[[World, Call], Effect]] = {
    "create": _create,
    "get": _get,
    "stream": _stream,
    "cancel": _cancel,
    "delete": _delete,
}


def _shown(world: World, interaction: Interaction, view: View) -> Effect:
    now = world.clock.now()
    ended = interaction.state(now).ended_age is not None
    answer = json_answer(document(interaction, view, now=now))
    return Effect(answer=answer, accepted=True, interaction=interaction, terminal=ended)


def _found(world: World, call: Call) -> Interaction:
    interaction = world.find(call.id or "")
    if interaction is None:
        raise ApiError(404, "Requested entity was not found.")
    return interaction


def _check_query(query: Mapping[str, str]) -> None:
    if query.get("fields", "*") != "*":
        raise ApiError(400, "Partial responses are not supported.")
