"""How is the simulated upstream made to fail, and what does it say that it was asked for?"""

from typing import Any

import httpx

from chaos.evidence import SIGNS
from chaos.faults import UPSTREAM, Fault

Rule = dict[str, Any]

_ORDINARY: list[Rule] = [
    {"life": {"ending": "requires_continuation"}, "probability": 0.06},
    {"life": {"ending": "failed"}, "probability": 0.04},
    {"life": {"ending": "incomplete"}, "probability": 0.03},
    {"life": {"usage_after_seconds": 600}, "probability": 0.1},
]


def _both(create: Rule, get: Rule) -> list[Rule]:
    return [{"op": "create", **create}, {"op": "get", **get}]


def _status(status: int, **fields: Any) -> Rule:
    return {"kind": "status", "status": status, **fields}


_RULES: dict[Fault, list[Rule]] = {
    Fault.ANSWERS_DROPPED: [{"op": "create", "fault": {"kind": "accept_then_drop"}, "probability": 0.3}],
    Fault.RATE_LIMITED: _both(
        {"fault": {"kind": "rate_limited", "retry_after": 1}, "probability": 0.7},
        {"fault": {"kind": "rate_limited", "retry_after": 1}, "probability": 0.5},
    ),
    Fault.SERVER_ERRORS: _both(
        {"fault": _status(500), "probability": 0.3},
        {"fault": _status(502, body="html"), "probability": 0.5},
    ),
    Fault.RESETS: _both(
        {"fault": {"kind": "reset"}, "probability": 0.3},
        {"fault": {"kind": "reset"}, "probability": 0.5},
    ),
    Fault.SLOWNESS: _both(
        {"fault": {"kind": "slow", "seconds": 5}},
        {"fault": {"kind": "slow", "seconds": 3}, "probability": 0.7},
    ),
    Fault.FALSE_REFUSALS: [
        {"op": "create", "fault": {"kind": "accept_then_status", "status": 503}, "probability": 0.3}
    ],
}


def rules(active: frozenset[Fault], *, seed: int, create_seconds: float) -> list[Rule]:
    """Return the simulator's script while *active* faults last, a create taking *create_seconds*."""
    faulty = [rule for fault in sorted(active & UPSTREAM) for rule in _RULES[fault]]
    # A create takes a while, as in life: else none would ever be open at a kill.
    slow = {"op": "create", "fault": {"kind": "slow", "seconds": create_seconds}}
    return [{**rule, "seed": seed} for rule in (*faulty, slow, *_ORDINARY)]


class Upstream:
    """The simulator's administration."""

    def __init__(self, url: str, *, seed: int, create_seconds: float) -> None:
        self._http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=30)
        self._seed = seed
        self._create_seconds = create_seconds
        self._active: frozenset[Fault] = frozenset()

    async def begin(self, fault: Fault) -> None:
        """Let *fault* happen from now on."""
        await self._play(self._active | {fault})

    async def end(self, fault: Fault) -> None:
        """Let it happen no more."""
        await self._play(self._active - {fault})

    async def heal(self) -> None:
        """Let nothing go wrong any more, nor be slow."""
        await self._load([])

    async def met(self, fault: Fault) -> int:
        """Return how many creates have met *fault*, or have come at all if it leaves no sign on them."""
        creates = [entry for entry in (await self.ledger())["entries"] if entry["op"] == "create"]
        sign = SIGNS.get(fault)
        return sum(sign is None or (create["accepted"], create["status"]) == sign for create in creates)

    async def ledger(self) -> dict[str, Any]:
        """Return what was received, in order."""
        answer = await self._http.get("/__sim/ledger")
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def _play(self, active: frozenset[Fault]) -> None:
        # A loaded script starts its dice anew: each load has its own.
        self._active, self._seed = active, self._seed + 1
        await self._load(rules(active, seed=self._seed, create_seconds=self._create_seconds))

    async def _load(self, script: list[Rule]) -> None:
        (await self._http.post("/__sim/script", json={"rules": script})).raise_for_status()
