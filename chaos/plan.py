"""What does the nemesis do, and when? Pure: a seed and a length in, the same acts out."""

import random
from dataclasses import dataclass

from chaos.faults import STOPS, STOPS_WORKERS, UPSTREAM, Fault

ROUNDS = 3
"""How often each kind of harm is planned: as often as a run needs to count."""

_WINDOW = 0.08
_LONG_WINDOW = 0.15
_LEAST_DOWN, _MOST_DOWN = 8.0, 180.0
_STOP_IN_LEASES = 1.5
_CREATE_SHARE = 0.05
_LEAST_CREATE, _MOST_CREATE = 1.0, 5.0
_CLOCK_STEPS = (45.0, 20.0, -10.0)

_TRACKS: dict[str, frozenset[Fault]] = {
    "children": frozenset({Fault.KILL_CHILD, Fault.STOP_CHILD}),
    "workers": frozenset({Fault.KILL_WORKER, Fault.STOP_WORKER}),
    "schedulers": frozenset({Fault.KILL_SCHEDULER, Fault.STOP_SCHEDULER}),
    "api": frozenset({Fault.KILL_API, Fault.STOP_API}),
    "supervisor": frozenset({Fault.KILL_SUPERVISOR, Fault.STOP_SUPERVISOR}),
    "broker": frozenset({Fault.FLUSHALL, Fault.BROKER_RESTART, Fault.BROKER_DOWN}),
    "database": frozenset({Fault.DATABASE_RESTART, Fault.DATABASE_CRASH, Fault.CLOCK}),
    **{fault.name.lower(): frozenset({fault}) for fault in sorted(UPSTREAM)},
    "receivers": frozenset({Fault.RECEIVER_FAILS}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One harm: when it begins (seconds from the start), how long it lasts, and a number that it draws on."""

    fault: Fault
    at: float
    lasts: float
    draw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How long the nemesis is at work, and how long a claim holds; seconds."""

    seconds: float
    lease: float

    @property
    def create_seconds(self) -> float:
        """How many seconds a create takes upstream: more in a long run, so that as many are open at a kill."""
        return min(max(self.seconds * _CREATE_SHARE, _LEAST_CREATE), _MOST_CREATE)


def acts(seed: int, scale: Scale) -> dict[str, list[Act]]:
    """Return what is done on each track, in order; one act of a track begins after the one before has ended."""
    return {track: _track(seed, track, faults, scale) for track, faults in _TRACKS.items()}


def _track(seed: int, track: str, faults: frozenset[Fault], scale: Scale) -> list[Act]:
    rng = random.Random(f"{seed}:{track}")  # noqa: S311 - a seed repeats a run
    planned = [_act(fault, number, scale, rng) for fault in sorted(faults) for number in range(ROUNDS)]
    return sorted(planned, key=lambda act: act.at)


def _act(fault: Fault, number: int, scale: Scale, rng: random.Random) -> Act:
    lasts = _lasts(fault, number, scale)
    share = max(scale.seconds / ROUNDS - lasts, 0)
    begins = number * scale.seconds / ROUNDS + rng.random() * share
    return Act(fault=fault, at=begins, lasts=lasts, draw=rng.random())


def _lasts(fault: Fault, number: int, scale: Scale) -> float:
    """Return its seconds; of the clock, how far it is moved."""
    seconds = {
        Fault.STOP_CHILD: scale.lease * _STOP_IN_LEASES,
        Fault.STOP_WORKER: scale.lease * _STOP_IN_LEASES,
        Fault.BROKER_DOWN: min(max(scale.seconds * _LONG_WINDOW, _LEAST_DOWN), _MOST_DOWN),
        Fault.CLOCK: _CLOCK_STEPS[number],
        Fault.RECEIVER_FAILS: scale.seconds * _LONG_WINDOW,
        **dict.fromkeys(UPSTREAM, scale.seconds * _WINDOW),
        **dict.fromkeys(STOPS - STOPS_WORKERS, scale.lease / 2),
    }
    return seconds.get(fault, 0.0)
