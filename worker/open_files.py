"""May this process open as many connections as it will want? It raises its own limit as far as it is allowed to."""

import resource
from typing import Final

import structlog

NEEDED: Final = 1024
"""The open requests of a child, and all else that it opens."""

log = structlog.get_logger()


def allow_open_files() -> None:
    """Raise this process's limit of open files to NEEDED if it is lower; log a warning where that is not allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = NEEDED if hard == resource.RLIM_INFINITY else min(NEEDED, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < NEEDED:
        log.warning("too few files may be open", allowed=allowed, needed=NEEDED)
