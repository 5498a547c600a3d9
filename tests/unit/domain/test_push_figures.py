"""What do the reads and the lag come to? Simulated time, the shipped decisions, two thousand researches."""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import mean, quantiles

import pytest

from longwatch.domain.polling import Exponential
from longwatch.domain.push_pace import IN_TIME, LAST_ENDINGS, Promise, Record, paced

RUNS = 2_000
AT_ONCE = 20
PLAIN = Exponential()
SAFETY = timedelta(minutes=5)
READ_SECONDS = 0.3
"""From a run's becoming due until its answer is read: a nudge, a claim and a request."""


@dataclass(slots=True)
class Run:
    """One run: when it began and ended, when push tells of it, and how often it was read."""

    begun: float
    ended: float
    pushed: float | None
    rng: random.Random
    reads: int = 0


@dataclass(slots=True)
class World:
    """Runs of 6 min in the median, twenty at once; push tells of each end within two seconds, unless it is *lost*."""

    lost: float | None
    seed: int
    seen: list[tuple[float, Run]] = field(default_factory=list)

    def live(self) -> "World":
        """Let all runs live, each read at its time, and return what came of it."""
        coming = iter(self._runs())
        due = [self._next(next(coming), 0.0) for _ in range(AT_ONCE)]
        heapq.heapify(due)
        while due:
            now, _, run = heapq.heappop(due)
            run.reads += 1
            if now < run.ended:
                heapq.heappush(due, self._next(run, now))
                continue
            self.seen.append((now, run))
            if following := next(coming, None):
                heapq.heappush(due, self._next(following, now))
        return self

    def _runs(self) -> Iterator[Run]:
        rng = random.Random(self.seed)
        for number in range(RUNS):
            life, luck, way = rng.lognormvariate(5.886, 0.6), rng.random(), rng.uniform(0.2, 2)
            pushed = None if self.lost is None or luck < self.lost else life + way
            yield Run(0.0, life, pushed, random.Random(number))

    def _next(self, run: Run, now: float) -> tuple[float, int, Run]:
        if not run.reads:
            run.begun, run.ended = now, now + run.ended
            run.pushed = None if run.pushed is None else now + run.pushed
        relied_on = self.lost is not None and self._record(now).trusted
        wait = paced(PLAIN.delay(run.reads, run.rng), Promise(relied_on=relied_on), safety=SAFETY)
        at = now + wait.total_seconds()
        woken = at if run.pushed is None else min(at, max(run.pushed, now))
        return woken + READ_SECONDS, id(run), run

    def _record(self, now: float) -> Record:
        """Judge push by the newest ends that have been seen, as the database does."""
        late = IN_TIME.total_seconds()
        ways = [(run.pushed is not None and run.pushed <= now, run) for _, run in self.seen[-LAST_ENDINGS:]]
        missed = [(run.pushed if spoke and run.pushed else now) - run.ended > late for spoke, run in ways]
        told = sum(spoke and not late for (spoke, _), late in zip(ways, missed, strict=True))
        return Record(told=told, missed=sum(missed))

    @property
    def reads(self) -> list[int]:
        return [run.reads for _, run in self.seen]

    @property
    def lags(self) -> list[float]:
        return [at - run.ended for at, run in self.seen]


@pytest.mark.parametrize("seed", range(5))
def test_with_push_an_end_is_seen_within_three_seconds_at_a_fifth_of_the_reads(seed: int) -> None:
    plain, pushed = World(None, seed).live(), World(0.0, seed).live()
    assert quantiles(pushed.lags, n=20)[-1] <= 3
    assert mean(pushed.reads) <= mean(plain.reads) / 5
    assert quantiles(plain.lags, n=20)[-1] > 30


@pytest.mark.parametrize("seed", range(5))
def test_with_half_of_the_webhooks_lost_there_are_no_more_reads_than_without_push(seed: int) -> None:
    plain, lossy = World(None, seed).live(), World(0.5, seed).live()
    assert sum(lossy.reads) <= sum(plain.reads)
    assert quantiles(lossy.lags, n=20)[-1] <= quantiles(plain.lags, n=20)[-1]


@pytest.mark.parametrize("lost", [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.9])
def test_however_much_is_lost_ends_are_seen_sooner_in_the_mean_and_with_fewer_reads(lost: float) -> None:
    plain, lossy = World(None, 0).live(), World(lost, 0).live()
    assert mean(lossy.lags) < mean(plain.lags)
    assert sum(lossy.reads) < sum(plain.reads)


def test_with_all_webhooks_lost_nothing_is_different() -> None:
    plain, mute = World(None, 0).live(), World(1.0, 0).live()
    assert mute.reads == plain.reads
    assert mute.lags == pytest.approx(plain.lags)
