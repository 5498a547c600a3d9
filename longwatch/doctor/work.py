"""Are the processes there, and does the work move?"""

from collections.abc import AsyncIterator, Iterator, Sequence
from importlib.metadata import version

import psycopg

from longwatch.doctor.finding import Finding, strange, well, wrong
from longwatch.doctor.place import Place
from longwatch.store import canaries, health, processes
from longwatch.store.engine import Engine
from longwatch.store.health import Counts, Overdue
from longwatch.store.processes import SeenProcess

OLD_SECONDS = 120
_START = {
    "worker": "Start one: `celery -A worker.app worker`.",
    "scheduler": "Start one: `python -m scheduler`.",
}


async def work(place: Place, engine: Engine | None) -> AsyncIterator[Finding]:
    """Look at workers, schedulers and what waits; nothing is said where the database or its tables are missing."""
    if engine is None:
        return
    try:
        async with engine.connect() as tx:
            seen, late, counts = await processes.listed(tx), await health.overdue(tx), await health.counts(tx)
            unheard = await canaries.unheard(tx)
    except (psycopg.Error, OSError, TimeoutError):
        return
    for kind in ("worker", "scheduler"):
        yield _present(place, kind, [process for process in seen if process.kind == kind])
    silent = sorted(queue for queue, since in unheard.items() if since.total_seconds() > OLD_SECONDS)
    for finding in (*_releases(seen), *_silent(place, silent), *_late(place, late), *_waiting(counts)):
        yield finding


def _present(place: Place, kind: str, seen: Sequence[SeenProcess]) -> Finding:
    check = f"{kind}s"
    lives = [process.name for process in seen if process.lives]
    deaf = [process.name for process in seen if process.deaf]
    if deaf:
        remedy = "See docs/operations.md, `Workers that hear nothing`: look at what stands between them and the broker."
        return strange(check, f"{len(lives)} live; ended as deaf within the last hour: {', '.join(deaf)}", remedy)
    if lives:
        return well(check, f"{len(lives)} seen within the last minute")
    if place.runs:
        return wrong(check, "none has been seen within the last minute", _START[kind])
    return strange(check, "none: longwatch up is not running", "Start `longwatch up`.")


def _releases(seen: Sequence[SeenProcess]) -> Iterator[Finding]:
    others = sorted({process.version for process in seen if process.lives} - {version("longwatch")})
    if others:
        remedy = "Finish the upgrade: two releases may work side by side, for one release."
        yield strange("releases", f"processes of {', '.join(others)} run beside {version('longwatch')}", remedy)


def _silent(place: Place, queues: Sequence[str]) -> Iterator[Finding]:
    if queues and place.runs:
        words = f"nothing that was sent through {', '.join(queues)} has come through"
        yield wrong("queues", words, "Check that workers run, and that they use the same broker and database.")


def _late(place: Place, late: Sequence[Overdue]) -> Iterator[Finding]:
    old = sorted((row for row in late if row.seconds > OLD_SECONDS), key=lambda row: -row.seconds)
    if not old:
        yield well("work", "nothing has been due for over two minutes")
        return
    lanes = "; ".join(f"{row.queue} {row.agent or ''} {row.seconds:.0f} s".replace("  ", " ") for row in old[:3])
    remedy = "See whether workers and schedulers run and what they log; more workers if they are busy."
    yield wrong("work", f"is late: {lanes}", remedy) if place.runs else strange("work", f"waits: {lanes}", remedy)


def _waiting(counts: Counts) -> Iterator[Finding]:
    if counts.unknown_creates:
        words = f"{counts.unknown_creates} held: the answer to the create was lost"
        yield strange("unknown creates", words, "Decide them: docs/how-to/unknown-creates.md.")
    if counts.installation_pauses:
        words = "is paused in the whole installation, or for an agent or upstream key in all of it"
        yield strange("creating", words, 'When it may go on: POST /v1/resume with `"installation": true`.')
    if counts.lanes_stopped:
        words = f"{counts.lanes_stopped} stopped: the upstream refused their key or has no quota for them"
        yield strange("lanes", words, "See GET /v1/jobs?attention=key_rejected and ?attention=quota.")
