"""What does the simulator know of one interaction?"""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from simulator.life import Life, State, end_age, state_at
from simulator.report import Topic

RESEARCH_PREFIX = "deep-research"
LEAST_REAL_SECONDS = 2.0
_KNOBS = ("temperature", "top_p", "seed")
_CHART = re.compile(r"\b(charts?|graphs?|plots?|diagrams?|visuali[sz]\w*|infographics?)\b|图表", re.IGNORECASE)
_PLANNING_SECONDS = (10, 40)
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
    keep_turns: bool = False
    about: str = ""
    composed: list[dict[str, Any]] | None = None
    kept_seconds: float = math.inf
    tokens: dict[str, int] = field(default_factory=dict)
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
        knobs = {name: value for name, value in self.config.items() if name in _KNOBS}
        mixed = f":{json.dumps(knobs, sort_keys=True)}" if knobs else ""
        return Topic(self.about or self.prompt, f"{self.seed}:{self.agent or self.request.get('model')}{mixed}")

    @property
    def config(self) -> dict[str, Any]:
        """Return the agent's or the model's configuration."""
        return self.request.get("agent_config") or self.request.get("generation_config") or {}

    @property
    def plans(self) -> bool:
        """Return whether it is to end with a plan for a person instead of a report."""
        return is_research(self.request) and self.config.get("collaborative_planning") is True

    @property
    def draws(self) -> bool:
        """Return whether a chart belongs into its report."""
        wish = self.config.get("visualization")
        return wish == "auto" or (wish is None and bool(_CHART.search(self.about or self.prompt)))

    def expired(self, now: float) -> bool:
        """Return whether its time of retention is over at the simulated instant *now*."""
        return now > self.created_at + self.kept_seconds

    def state(self, now: float) -> State:
        """Return where it stands at the simulated instant *now*."""
        return state_at(self.life, age=now - self.created_at, cancel_age=self._cancel_age)

    @property
    def ends_at(self) -> float:
        """Return the instant at which it will have ended, as far as is known now; infinity if never."""
        return self.created_at + end_age(self.life, cancel_age=self._cancel_age)

    @property
    def _cancel_age(self) -> float | None:
        asked = self.cancel_requested_at
        return None if asked is None else asked - self.created_at

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
    return max(_THOUGHTS.get(str(config.get("thinking_level")), 0), int(asked))


def _run_seconds(request: dict[str, Any], draw: float, *, speed: float) -> float:
    if not request.get("background"):
        return 0.0
    if is_research(request) and (request.get("agent_config") or {}).get("collaborative_planning") is True:
        least, most = _PLANNING_SECONDS
        return max(least + (most - least) * draw, LEAST_REAL_SECONDS * speed)
    if request.get("agent"):
        return max(120 + 1080 * draw, LEAST_REAL_SECONDS * speed)
    return 5 + 35 * draw
