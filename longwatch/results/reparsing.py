"""What do today's readers make of the bytes that were stored before? Derived anew, one result at a time.

A pass writes down how far it has come with what it changes, so that after a kill it goes on there, and its report is
whole. States stay, and no event is sent.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

import structlog

from longwatch.domain import ids
from longwatch.results.deriving import Wanted, is_plan, made_of, wanted
from longwatch.store import hops, reparsing
from longwatch.store.endings import Derivation
from longwatch.store.engine import Engine
from longwatch.store.reparsing import Pass, Scope, StoredResult, columns
from longwatch.store.vault import Vault

BATCH: Final = 200
EXAMPLES: Final = 5

log = structlog.get_logger()


class AlreadyRunningError(Exception):
    """Another pass is under way."""


@dataclass(slots=True)
class Report:
    """How many results were read, changed, and could not be derived; which fields changed, in which jobs say."""

    read: int = 0
    changed: int = 0
    failed: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, saved: Mapping[str, Any]) -> "Report":
        """Return the report that was *saved*."""
        return cls(**saved)

    def note(self, job_id: uuid.UUID, changes: list[str], *, failed: bool) -> None:
        """Count one result."""
        self.read += 1
        self.changed += bool(changes)
        self.failed += failed
        for name in changes:
            self.fields[name] = self.fields.get(name, 0) + 1
            jobs = self.examples.setdefault(name, [])
            if len(jobs) < EXAMPLES:
                jobs.append(ids.encode(ids.JOB, job_id))


@dataclass(slots=True)
class Reparse:
    """One pass over the results in *scope*; a *dry* one only tells what it would change."""

    engine: Engine
    vault: Vault
    scope: Scope
    dry: bool = False
    report: Report = field(default_factory=Report)
    _position: uuid.UUID | None = None

    async def run(self, *, anew: bool = False) -> Report:
        """Go on with the pass that was not finished, or (also if *anew*) make a new one; raise AlreadyRunningError."""
        async with self.engine.each_by_itself() as lasting:
            if not await reparsing.alone(lasting):
                raise AlreadyRunningError
            try:
                await self._run(anew=anew)
            finally:
                await reparsing.release(lasting)
        return self.report

    async def _run(self, *, anew: bool) -> None:
        passed = None if self.dry else await self._begin(anew=anew)
        while batch := await self._following():
            await self._derive_all(batch, passed)
        if passed is not None:
            await self._save(passed, finished=True)

    async def _begin(self, *, anew: bool) -> Pass:
        async with self.engine.begin() as tx:
            passed = await reparsing.begin(tx, self.scope, anew=anew)
        self.report, self._position = Report.of(passed.report), passed.position
        if passed.position is not None:
            log.info("deriving goes on", begun_at=passed.started_at.isoformat(), read=self.report.read)
        return passed

    async def _following(self) -> list[uuid.UUID]:
        async with self.engine.begin() as tx:
            return await reparsing.following(tx, self.scope, position=self._position, limit=BATCH)

    async def _derive_all(self, batch: list[uuid.UUID], passed: Pass | None) -> None:
        for interaction_id in batch:
            await self._derive(interaction_id, passed)
        if passed is not None:
            await self._save(passed, finished=False)
        log.info("derived anew", read=self.report.read, changed=self.report.changed, dry=self.dry)

    async def _derive(self, interaction_id: uuid.UUID, passed: Pass | None) -> None:
        async with self.engine.begin() as tx:
            old = await reparsing.stored(tx, interaction_id)
            asked = None if old is None else await hops.read_asked(tx, old.job_id, interaction_id)
        self._position = interaction_id
        if old is None or asked is None:
            return
        made = _made(old, self.vault.read(old.raw), wanted(self.vault, old.job_id, asked))
        changes = list(_changes(old, made))
        self.report.note(old.job_id, changes, failed=made.error is not None)
        if changes and passed is not None:
            await self._rewrite(passed, old, made)

    async def _rewrite(self, passed: Pass, old: StoredResult, made: Derivation) -> None:
        async with self.engine.begin() as tx:
            await reparsing.rewrite(tx, old, made)
            report = asdict(self.report)
            await reparsing.save(tx, passed, position=self._position, report=report, finished=False)

    async def _save(self, passed: Pass, *, finished: bool) -> None:
        async with self.engine.begin() as tx:
            report = asdict(self.report)
            await reparsing.save(tx, passed, position=self._position, report=report, finished=finished)


def _made(old: StoredResult, raw: bytes, asked: Wanted) -> Derivation:
    """Return what is made of the bytes today, as the end of a run would store it."""
    derived, made = made_of(raw, asked)
    if derived is not None and is_plan(derived, asked):
        return Derivation(usage=derived.usage)
    if old.own_form:
        return made
    return replace(made, parsed=old.before["parsed"], parse_error=old.before["parse_error"])


def _changes(old: StoredResult, made: Derivation) -> Iterator[str]:
    """Yield the columns that would change; a fault of ours takes nothing away from what stands."""
    if made.error is None:
        yield from (name for name, value in columns(made).items() if value != old.before[name])
