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


def plan(policy: Policy, *, attempt: int, hold: timedelta, push_wait: timedelta = timedelta(0)) -> Plan:
    """Return what the job's *policy* makes of an unknown create in its *attempt* (from 1); a second one holds.

    *push_wait* is how long the upstream's word on the run's end is waited for before that.
    """
    match policy:
        case "hold":
            return Plan(push_wait + hold, "fail")
        case "fail":
            return Plan(push_wait, "fail")
        case "resubmit" if attempt == 1:
            return Plan(max(push_wait, RESUBMIT_AFTER), "resubmit")
        case "resubmit":
            return Plan(push_wait + hold, "fail")
    assert_never(policy)
