"""Which API keys are let in?"""

from simulator.answers import Answer, error_answer
from simulator.faults import quota_of_none
from simulator.ops import CallOp

_INVALID_DETAILS = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]

FREE_PREFIX = "free-"
_DAY = 86_400.0


def kept_seconds(key: str | None) -> float:
    """Return how long interactions of a key are kept: a day on the free tier, else 55 days."""
    return _DAY if (key or "").startswith(FREE_PREFIX) else 55 * _DAY


def key_refusal(key: str | None, *, op: CallOp) -> Answer | None:
    """Return the refusal of a missing key or of one of the keys that stand for trouble; None to let it in."""
    match key:
        case None | "":
            return error_answer(401, message="API key is missing.")
        case "bad-key":
            return error_answer(401, message="API key is not valid.")
        case "invalid-key":
            message = "API key not valid. Please pass a valid API key."
            return error_answer(400, message=message, shape="google", details=_INVALID_DETAILS)
        case "blocked-key":
            return error_answer(403, message="The caller does not have permission.")
        case "quota-zero-key" if op == "create":
            return quota_of_none()
        case _:
            return None
