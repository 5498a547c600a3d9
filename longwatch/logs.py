"""How is a log line written? structlog: an event name and fields. Never a prompt, a key, a secret or a result."""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

from longwatch.settings import Settings

_QUIET = ("httpx", "httpcore", "aiohttp", "alembic", "celery.worker.strategy", "celery.app.trace")
_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(settings: Settings) -> None:
    """Set up this process's logging, the library's own lines included; called once, at the edge."""
    level = logging.getLevelName(settings.log_level.upper())
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(settings.log_format, colours=sys.stderr.isatty()))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def formatter(kind: Literal["console", "json"], *, colours: bool) -> logging.Formatter:
    """Return what writes every line, the libraries' too: of an error what it says and where, never its variables."""
    console: Processor = structlog.dev.ConsoleRenderer(
        colors=colours, pad_event_to=28, exception_formatter=structlog.dev.plain_traceback
    )
    render = structlog.processors.JSONRenderer() if kind == "json" else console
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.processors.format_exc_info],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
    )
