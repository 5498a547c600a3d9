"""How does one call go, from its key to what is left in the ledger?"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from fastapi import Response

from simulator.answers import Answer, ApiError
from simulator.clock import rfc3339
from simulator.creation import talk_in
from simulator.evidence import gathered
from simulator.faults import Fault, LegacyBody, Reset, refusal
from simulator.interaction import Interaction
from simulator.keys import key_refusal
from simulator.ledger import Entry
from simulator.report import Topic
from simulator.sending import Sending, leaves_stream, sending, streaming
from simulator.service import Call, Effect, perform, subject_of
from simulator.validation import validate
from simulator.world import World


async def with_evidence(world: World, call: Call) -> Call:
    """Return a create with what its body makes the service look up first: nothing for one that is refused."""
    plain = isinstance(call.body, dict) and isinstance(call.body.get("input"), str) and not call.body.get("tools")
    if plain or key_refusal(call.key, op=call.op) is not None:
        return call
    try:
        request = validate(call.body)
        talk = talk_in(world, request, keep_turns=call.revision == "legacy")
        evidence = await gathered(request, talk, Topic(talk.question, str(world.config.seed)).rng("evidence"))
    except ApiError as refused:
        return replace(call, refused=refused)
    return replace(call, evidence=evidence)


def exchange(world: World, call: Call, *, on_effect: Callable[[Interaction], None] = lambda _: None) -> Response:
    """Judge a call, let it take effect, write it down, and return its answer: in that order."""
    refused = key_refusal(call.key, op=call.op)
    fault = None if refused else world.script.fault_for(subject_of(world, call))
    effect = Effect(answer=refused, accepted=False) if refused else _effect(world, call, fault)
    if effect.accepted and effect.interaction is not None:
        on_effect(effect.interaction)
    outgoing = _outgoing(world, call, effect, fault)
    number = _written(world, call, effect, outgoing)
    on_sent = (lambda: None) if number is None else partial(world.ledger.mark_answered, number)
    return outgoing.response(on_sent)


def _outgoing(world: World, call: Call, effect: Effect, fault: Fault | None) -> Sending:
    if effect.feed is None or not leaves_stream(fault):
        return sending(effect.answer, fault)
    if call.op == "create" and fault is None:
        fault = world.script.fault_for(replace(subject_of(world, call), op="stream"))
    return streaming(effect.answer, effect.feed, fault)


def _effect(world: World, call: Call, fault: Fault | None) -> Effect:
    _count_read(world, call)
    refused = refusal(fault)
    if refused is not None:
        return Effect(answer=refused, accepted=False, interaction=world.find(call.id or ""))
    if isinstance(fault, Reset):
        return Effect(answer=Answer(0, b""), accepted=False, interaction=world.find(call.id or ""))
    return perform(world, replace(call, revision="legacy") if isinstance(fault, LegacyBody) else call)


def _count_read(world: World, call: Call) -> None:
    interaction = world.find(call.id or "")
    if interaction is not None and call.op == "get":
        interaction.reads += 1


def _written(world: World, call: Call, effect: Effect, outgoing: Sending) -> int | None:
    terminal = effect.terminal and outgoing.shows
    if call.op == "stream" or (call.op == "get" and not terminal):
        return None
    interaction = effect.interaction
    return world.ledger.write(
        Entry(
            op=call.op,
            id=interaction.id if interaction else call.id,
            labels=interaction.labels if interaction else subject_of(world, call).labels,
            accepted=effect.accepted,
            answered=outgoing.answered,
            status=outgoing.status,
            body_sha256=outgoing.sha256 if terminal else None,
            at=rfc3339(world.clock.now(), milliseconds=True),
        )
    )
