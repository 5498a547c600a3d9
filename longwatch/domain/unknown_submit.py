"""What becomes of a create whose answer was lost, if nobody decides? Pure: policy and attempt in, a plan out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, assert_never

Policy = Literal["hold", "resubmit", "fail"]
Conclusion = Literal["resubmit", "fail"]

RESUBMIT_AFTER = timedelta(minutes=2)
COUNTS_AS_RUNNING = timedelta(minutes=70)
"""How long an unknown create takes a place in admission: the longest research is 60 minutes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Wait for `wait`, during which an answer or a person may decide; then do `then`."""

    wait: timedelta
    then: Conclusion


def plan(policy: Policy, *, attempt: int, hold: timedelta) -> Plan:
    """Return what the job's *policy* makes of an unknown create in its *attempt* (from 1); a second one holds."""
    match policy:
        case "hold":
            return Plan(hold, "fail")
        case "fail":
            return Plan(timedelta(0), "fail")
        case "resubmit":
            return Plan(RESUBMIT_AFTER, "resubmit") if attempt == 1 else Plan(hold, "fail")
    assert_never(policy)
