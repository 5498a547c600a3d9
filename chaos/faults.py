"""Which kinds of harm does the nemesis do?"""

from enum import StrEnum


class Fault(StrEnum):
    """One kind of harm; each must have been done several times before a run counts."""

    KILL_CHILD = "SIGKILL of a worker's child"
    KILL_WORKER = "SIGKILL of a worker and its children"
    KILL_SCHEDULER = "SIGKILL of a scheduler"
    KILL_API = "SIGKILL of the api"
    KILL_SUPERVISOR = "SIGKILL of the supervisor"
    STOP_CHILD = "SIGSTOP of a worker's child, longer than a lease"
    STOP_WORKER = "SIGSTOP of a worker and its children, longer than a lease"
    STOP_SCHEDULER = "SIGSTOP of a scheduler"
    STOP_API = "SIGSTOP of the api"
    STOP_SUPERVISOR = "SIGSTOP of the supervisor"
    FLUSHALL = "FLUSHALL"
    BROKER_RESTART = "broker restarted"
    BROKER_DOWN = "broker down for long"
    DATABASE_RESTART = "PostgreSQL restarted"
    DATABASE_CRASH = "PostgreSQL stopped at once"
    CLOCK = "database clock moved"
    ANSWERS_DROPPED = "30 % of create answers dropped after acceptance"
    RATE_LIMITED = "429 storm"
    SERVER_ERRORS = "upstream 5xx"
    RESETS = "upstream resets connections"
    SLOWNESS = "upstream slow"
    FALSE_REFUSALS = "503 JSON after acceptance"
    RECEIVER_FAILS = "receivers fail for long"


KILLS_OF_CREATORS = frozenset({Fault.KILL_CHILD, Fault.KILL_WORKER, Fault.KILL_SUPERVISOR})
"""What kills a process that may have a create open."""

LOSES_CREATES = KILLS_OF_CREATORS | {
    Fault.STOP_CHILD,
    Fault.STOP_WORKER,
    Fault.DATABASE_RESTART,
    Fault.DATABASE_CRASH,
}
"""After which a create that was open may be unknown, and nobody is to blame."""

STOPS_WORKERS = KILLS_OF_CREATORS | {Fault.STOP_CHILD, Fault.STOP_WORKER}
"""After which a claim may be without anybody who works on it."""

UPSTREAM = frozenset(
    {
        Fault.ANSWERS_DROPPED,
        Fault.RATE_LIMITED,
        Fault.SERVER_ERRORS,
        Fault.RESETS,
        Fault.SLOWNESS,
        Fault.FALSE_REFUSALS,
    },
)

STOPS = frozenset(
    {Fault.STOP_CHILD, Fault.STOP_WORKER, Fault.STOP_SCHEDULER, Fault.STOP_API, Fault.STOP_SUPERVISOR},
)
KILLS = KILLS_OF_CREATORS | {Fault.KILL_SCHEDULER, Fault.KILL_API}
