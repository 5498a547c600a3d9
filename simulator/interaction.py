"""What does the simulator know of one interaction?"""

from dataclasses import dataclass, field
from typing import Any

from simulator.life import Life, State, state_at
from simulator.report import Topic

RESEARCH_PREFIX = "deep-research"
LEAST_REAL_SECONDS = 2.0
_THOUGHTS = {"medium": 1, "high": 2, "xhigh": 3}


@dataclass(slots=True, kw_only=True)
class Interaction:
    """One run: the request as received, its life, and what was asked of it since."""

    id: str
    request: dict[str, Any]
    prompt: str
    life: Life
    created_at: float
    seed: int = 0
    cancel_requested_at: float | None = None
    deleted: bool = False
    reads: int = field(default=0, compare=False)

    @property
    def agent(self) -> str | None:
        """Return the agent's name; None for a plain model."""
        return self.request.get("agent")

    @property
    def labels(self) -> dict[str, str]:
        """Return the labels that its creator gave."""
        return self.request.get("labels") or {}

    @property
    def topic(self) -> Topic:
        """Return what its texts are written about."""
        return Topic(self.prompt, f"{self.seed}:{self.agent or self.request.get('model')}")

    def state(self, now: float) -> State:
        """Return where it stands at the simulated instant *now*."""
        asked = self.cancel_requested_at
        cancel_age = None if asked is None else asked - self.created_at
        return state_at(self.life, age=now - self.created_at, cancel_age=cancel_age)

    def ended_at(self, now: float) -> float | None:
        """Return the instant of its end; None while it runs."""
        ended_age = self.state(now).ended_age
        return None if ended_age is None else self.created_at + ended_age


def is_research(request: dict[str, Any]) -> bool:
    """Return whether a create body names a Deep Research agent."""
    return str(request.get("agent") or "").startswith(RESEARCH_PREFIX)


def settled_life(life: Life, *, request: dict[str, Any], topic: Topic, speed: float) -> Life:
    """Return *life* with all that was left open drawn from the prompt."""
    rng = topic.rng("life")
    drawn = {
        "run_seconds": _run_seconds(request, rng.random(), speed=speed),
        "thoughts": rng.randint(4, 8) if request.get("agent") else _model_thoughts(request),
    }
    return life.model_copy(update={name: value for name, value in drawn.items() if getattr(life, name) is None})


def _model_thoughts(request: dict[str, Any]) -> int:
    config = request.get("generation_config") or {}
    asked = config.get("thinking_summaries") == "auto"
    return max(_THOUGHTS.get(config.get("thinking_level"), 0), int(asked))


def _run_seconds(request: dict[str, Any], draw: float, *, speed: float) -> float:
    if not request.get("background"):
        return 0.0
    if request.get("agent"):
        return max(120 + 1080 * draw, LEAST_REAL_SECONDS * speed)
    return 5 + 35 * draw
