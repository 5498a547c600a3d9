"""What can a job need a person for, and what can that person do? A mark on a job, not a state."""

from dataclasses import dataclass
from enum import StrEnum


class AttentionCode(StrEnum):
    """Why a person should look."""

    SUBMIT_UNKNOWN = "submit_unknown"
    UPSTREAM_MISSING = "upstream_missing"
    STUCK = "stuck"
    UNKNOWN_STATUS = "unknown_status"
    KEY_REJECTED = "key_rejected"
    QUOTA = "quota"
    EMPTY_OUTPUT = "empty_output"


REMEDIES: dict[AttentionCode, tuple[str, ...]] = {
    AttentionCode.SUBMIT_UNKNOWN: (
        "look for the run in AI Studio's usage: it may have been created and billed",
        'POST /v1/jobs/{id}/resolve {"as": "attach", "interaction_id": …} if you found it',
        'POST /v1/jobs/{id}/resolve {"as": "resubmit"} to create it again, knowing that it may be paid twice',
        'POST /v1/jobs/{id}/resolve {"as": "fail"} to give it up',
    ),
    AttentionCode.UPSTREAM_MISSING: (
        "the upstream does not show a run that it created; it is still being read, slowly",
        "POST /v1/jobs/{id}/cancel, then /retry, to pay for a new run",
    ),
    AttentionCode.STUCK: ("POST /v1/jobs/{id}/cancel, then /retry, to pay for a new run",),
    AttentionCode.UNKNOWN_STATUS: ("upgrade Longwatch if a newer release knows this status",),
    AttentionCode.KEY_REJECTED: ("correct the upstream key or its project's billing; the lane tries again by itself",),
    AttentionCode.QUOTA: ("ask for quota for this agent in AI Studio; the lane tries again by itself",),
    AttentionCode.EMPTY_OUTPUT: ("read GET /v1/jobs/{id}/result/raw: it holds the upstream's bytes",),
}


@dataclass(frozen=True, slots=True)
class Attention:
    """A reason to look at a job, and what it says to a person."""

    code: AttentionCode
    detail: str
