"""Is the database on its way up? Waited for, for a while; what no waiting mends is said at once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from psycopg import OperationalError

from longwatch.domain.clock import Clock
from longwatch.store.address import driver_url

PATIENCE: Final = timedelta(seconds=60)
_TICK_SECONDS: Final = 0.5
_MOST_CHARACTERS: Final = 200
# libpq tells no code for these; the server's word is in its own language, and in another nothing is waited for.
_COMING: Final = (
    "the database system is",
    "failed: Connection refused",
    "failed: Connection reset",
    "failed: No such file or directory",
    "server closed the connection",
)


def wait_for(url: str, *, on_wait: Callable[[str], None], patience: timedelta = PATIENCE) -> None:
    """Return once the database at *url* lets us in; raise OperationalError when it will not, or not within *patience*.

    *on_wait* is told once, and why, if it has to be waited for: it starts up, or nobody listens there yet.
    """
    engine = sa.create_engine(driver_url(url), poolclass=sa.NullPool)
    clock, tick = Clock(), threading.Event()
    until = clock.monotonic() + patience.total_seconds()
    told = False
    while (trouble := _refused(engine)) is not None:
        if not _comes(trouble) or clock.monotonic() >= until:
            raise trouble
        if not told:
            on_wait(" ".join(str(trouble).split())[:_MOST_CHARACTERS])
        told = True
        tick.wait(_TICK_SECONDS)


def _refused(engine: sa.Engine) -> OperationalError | None:
    try:
        engine.connect().close()
    except sa.exc.OperationalError as error:
        return error.orig if isinstance(error.orig, OperationalError) else OperationalError(str(error))
    return None


def _comes(trouble: OperationalError) -> bool:
    return any(words in str(trouble) for words in _COMING)
