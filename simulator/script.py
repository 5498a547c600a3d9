"""Which call goes wrong, and which interaction lives how?"""

import random
from dataclasses import dataclass
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.faults import Fault, concerns
from simulator.life import Life
from simulator.ops import ScriptOp


class Match(BaseModel):
    """Which calls a rule speaks of; *nth* counts the calls that fit the rest, from 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: dict[str, str] = {}
    prompt: str = ""
    nth: int | None = Field(default=None, ge=1)


class Rule(BaseModel):
    """A fault for some calls, or a life for some creates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Match = Match()
    op: ScriptOp = "create"
    fault: Fault | None = None
    life: Life | None = None
    times: int | None = Field(default=None, ge=1)
    probability: float | None = Field(default=None, ge=0, le=1)
    seed: int = 0

    @model_validator(mode="after")
    def _one_effect(self) -> Self:
        if (self.fault is None) == (self.life is None):
            raise ValueError("a rule has either a fault or a life")
        if self.life is not None and self.op != "create":
            raise ValueError("a life is given at create")
        return self


class Rules(BaseModel):
    """A whole script."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: list[Rule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a call is about, as far as rules can tell."""

    op: ScriptOp
    labels: dict[str, str]
    prompt: str = ""
    reads: int = 0


class _Played:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._rng = random.Random(rule.seed)
        self._seen = 0
        self._fired = 0

    def fires(self, subject: Subject) -> bool:
        if not self._fits(subject):
            return False
        self._seen += 1
        if not self._is_due():
            return False
        self._fired += 1
        return True

    def _fits(self, subject: Subject) -> bool:
        rule, wanted = self.rule, self.rule.match
        return (
            rule.op == subject.op
            and wanted.label.items() <= subject.labels.items()
            and wanted.prompt in subject.prompt
            and (rule.fault is None or concerns(rule.fault, reads=subject.reads))
        )

    def _is_due(self) -> bool:
        rule = self.rule
        if rule.match.nth is not None and self._seen != rule.match.nth:
            return False
        if rule.times is not None and self._fired >= rule.times:
            return False
        return rule.probability is None or self._rng.random() < rule.probability


class Script:
    """Rules in order; the first one that fires decides."""

    def __init__(self) -> None:
        self._rules: list[_Played] = []

    def load(self, rules: list[Rule]) -> None:
        """Replace the script."""
        self._rules = [_Played(rule) for rule in rules]

    def fault_for(self, subject: Subject) -> Fault | None:
        """Return the fault that strikes this call, if any."""
        return next((p.rule.fault for p in self._rules if p.rule.fault and p.fires(subject)), None)

    def life_for(self, subject: Subject) -> Life | None:
        """Return the life scripted for a create, if any."""
        return next((p.rule.life for p in self._rules if p.rule.life and p.fires(subject)), None)
