"""What does one look tell? That something is well, strange or wrong, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad a finding is; only `wrong` fails the examination."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, what was found, and what to do; nothing is to be done where all is well."""

    check: str
    verdict: Verdict
    found: str
    remedy: str | None = None


def well(check: str, found: str) -> Finding:
    """Return that *check* found nothing to complain of."""
    return Finding(check, Verdict.OK, found)


def strange(check: str, found: str, remedy: str) -> Finding:
    """Return what may be meant so, and what to do if it is not."""
    return Finding(check, Verdict.WARNING, found, remedy)


def wrong(check: str, found: str, remedy: str) -> Finding:
    """Return what must be put right, and how."""
    return Finding(check, Verdict.WRONG, found, remedy)
