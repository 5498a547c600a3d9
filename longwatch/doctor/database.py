"""Is the database there, new enough, in step, and at the schema of this release?"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import psycopg

from longwatch.doctor.clocks import compared
from longwatch.doctor.finding import Finding, strange, well, wrong
from longwatch.domain.clock import Clock
from longwatch.store import migrate
from longwatch.store.diagnosis import Diagnosis, diagnose
from longwatch.store.engine import Engine

OLDEST = 160000
_REACH = "Check LONGWATCH_DATABASE_URL, that PostgreSQL runs, and that it lets this host and user in."
_MIGRATE = "Run `longwatch migrate`."


async def database(engine: Engine | None) -> AsyncIterator[Finding]:
    """Look at PostgreSQL and its schema."""
    if engine is None:
        yield strange("database", "there is none yet", "`longwatch up` makes one at its first start.")
        return
    try:
        before = Clock().now()
        async with engine.connect() as tx:
            found = await diagnose(tx)
    except (psycopg.Error, OSError, TimeoutError) as error:
        yield wrong("database", f"cannot be reached: {_words(error)}", _REACH)
        return
    for finding in _judged(found):
        yield finding
    yield compared("clock of the database", theirs=found.now, ours=before + (Clock().now() - before) / 2)


def _words(error: Exception) -> str:
    cause = getattr(error, "orig", None) or error
    return next(iter(str(cause).splitlines()), "") or type(error).__name__


def _judged(found: Diagnosis) -> Iterator[Finding]:
    if found.number < OLDEST:
        yield wrong("database", f"PostgreSQL {found.server}", "Use PostgreSQL 16 or newer.")
    elif found.encoding != "UTF8":
        yield wrong("database", f"its encoding is {found.encoding}", "Make the database with ENCODING 'UTF8'.")
    else:
        yield well("database", f"PostgreSQL {found.server}")
    yield _schema(found.revision)
    if found.offset is not None and abs(found.offset) > timedelta(milliseconds=1):
        words = f"lw_now() is {found.offset} from the server's time"
        yield wrong("time of the jobs", words, "Only tests may move it: make lw_now() as the migrations do.")


def _schema(revision: str | None) -> Finding:
    expected = migrate.head()
    if revision == expected:
        return well("schema", f"at {revision}")
    if revision is None or revision < expected:
        return wrong("schema", f"at {revision or 'nothing'}, this release expects {expected}", _MIGRATE)
    words = f"at {revision}, newer than this release's {expected}"
    return strange("schema", words, "Replace the processes of this release soon: it is borne for one release.")
