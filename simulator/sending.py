"""What becomes of an answer under a fault?"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from fastapi import Response

from simulator.answers import Answer, error_answer, to_json
from simulator.delivery import HangUp, Late, whole
from simulator.event_stream import EventStream, Feed
from simulator.faults import (
    AcceptThenDrop,
    AcceptThenStatus,
    Fault,
    Garbage,
    HalfAnswer,
    LegacyBody,
    NoId,
    Reset,
    Slow,
)
from simulator.stream_faults import Cut, ErrorEvent, Hang, JsonInstead, NoDone, NoUsage

OnSent = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """How an answer goes out; *shows* says whether the call's own document is on the wire, at least in part."""

    status: int | None
    answered: bool
    shows: bool
    sha256: str | None
    response: Callable[[OnSent], Response]


def sending(answer: Answer, fault: Fault | None) -> Sending:
    """Return how *answer* is sent, dropped or spoilt under *fault*."""
    match fault:
        case Reset() | AcceptThenDrop():
            return _nothing(HangUp(hard=isinstance(fault, Reset)))
        case HalfAnswer():
            return _cut(answer, fault)
        case Slow():
            return replace(_own(answer), answered=False, response=partial(_late, answer, fault))
        case AcceptThenStatus() | Garbage():
            return _instead(_foreign(answer, fault))
        case _:
            return _own(_without_id(answer) if isinstance(fault, NoId) else answer)


def leaves_stream(fault: Fault | None) -> bool:
    """Return whether a stream that was asked for begins at all under *fault*."""
    return fault is None or isinstance(fault, LegacyBody | Cut | Hang | ErrorEvent | NoDone | NoUsage)


def streaming(answer: Answer, feed: Feed, fault: Fault | None) -> Sending:
    """Return how a stream is sent; it counts as answered once it has begun."""
    if isinstance(fault, JsonInstead):
        return _own(answer)
    return Sending(
        status=200,
        answered=False,
        shows=False,
        sha256=None,
        response=lambda on_sent: EventStream(feed, fault=fault, on_started=on_sent),
    )


def _nothing(hang_up: HangUp) -> Sending:
    return Sending(status=None, answered=False, shows=False, sha256=None, response=lambda _: hang_up)


def _instead(answer: Answer) -> Sending:
    return Sending(status=answer.status, answered=True, shows=False, sha256=None, response=lambda _: whole(answer))


def _own(answer: Answer) -> Sending:
    return replace(_instead(answer), shows=True, sha256=answer.sha256)


def _late(answer: Answer, fault: Slow, on_sent: OnSent) -> Response:
    return Late(answer, seconds=fault.seconds, dribble_seconds=fault.dribble_seconds, on_sent=on_sent)


def _cut(answer: Answer, fault: HalfAnswer) -> Sending:
    cut = HangUp(answer=answer, fraction=fault.fraction)
    return Sending(status=answer.status, answered=False, shows=True, sha256=None, response=lambda _: cut)


def _foreign(answer: Answer, fault: AcceptThenStatus | Garbage) -> Answer:
    if isinstance(fault, AcceptThenStatus):
        return error_answer(fault.status, shape=fault.body)
    if fault.body == "truncated":
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    return error_answer(200, message="Please sign in to the network.", shape="html")


def _without_id(answer: Answer) -> Answer:
    document = json.loads(answer.body)
    document.pop("id", None)
    return replace(answer, body=to_json(document))
