"""Do push and poll agree between real processes: the same results and events, sooner and with fewer reads?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import psycopg
import pytest

from longwatch.embedded.valkey import free_port
from tests.support.databases import libpq
from tests.support.installations import Up, up
from tests.support.live_simulator import RESEARCHER
from tests.support.waiting import eventually

pytestmark = [pytest.mark.soak, pytest.mark.timeout(500)]

COMPLETE = {f"research number {number:02}": {"run_seconds": 4 + number / 4} for number in range(20)}
LIVES: Mapping[str, Mapping[str, Any]] = {
    **COMPLETE,
    "the sand": {"run_seconds": 5, "ending": "failed", "error_code": "safety", "error_message": "no"},
    "the wind": {"run_seconds": 6, "ending": "incomplete"},
}
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "lossy": {"fault": {"kind": "lose"}, "probability": 0.5, "seed": 3},
    "duplicated": {"fault": {"kind": "duplicate", "copies": 3}},
    "reordered": {"fault": {"kind": "reorder"}, "probability": 0.5, "seed": 4},
    "delayed": {"fault": {"kind": "delay", "seconds": 20}},
    "forged": {"fault": {"kind": "forge"}},
}
# A tenth of real life and faster: the policy's first delays, its cap and the safety pace keep their proportions.
PACE = {
    "LONGWATCH_POLL_POLICY": "exponential",
    "LONGWATCH_POLL_FIRST": "0.3",
    "LONGWATCH_POLL_CAP": "1.2",
    "LONGWATCH_PUSH_SAFETY": "10",
    "LONGWATCH_SIMULATOR_SPEED": "1",
    "LONGWATCH_MAX_RUNNING": "100",
}
TRUSTED = """
DELETE FROM sighting;
INSERT INTO sighting (interaction_id, seen_by, lag_seconds, expected, pushed_at, push_idle)
VALUES (gen_random_uuid(), 'push', NULL, true, lw_now(), false)
"""
RUNS = "SELECT upstream_id, pushed_at IS NOT NULL FROM interaction JOIN job ON job.id = job_id WHERE job.tags = %s"
LAGS = "SELECT lag_seconds FROM sighting WHERE seen_by = 'push' AND lag_seconds IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Told:
    """What came of all jobs in one mode of push: their stories by prompt, the reads, who was told, how late."""

    stories: Mapping[str, tuple[Any, ...]]
    reads: int
    heard: int
    lags: Sequence[float]


@dataclass(frozen=True, slots=True)
class House:
    """A whole installation, with the operator's clients of its parts."""

    up: Up
    api: httpx.Client
    simulator: httpx.Client
    database: psycopg.Connection

    def lived(self, mode: str) -> Told:
        """Take every job to its end while push behaves as *mode* says; push is relied on when it begins."""
        lives = [{"match": {"prompt": prompt}, "life": life} for prompt, life in LIVES.items()]
        faults = [{"op": "webhook", **FAULTS[mode]}] if mode in FAULTS else []
        self.simulator.post("/__sim/script", json={"rules": [*lives, *faults]}).raise_for_status()
        self.database.execute(TRUSTED)
        jobs = self._posted(mode)
        eventually(lambda: not self._unfinished(), within=90)
        runs: dict[str, bool] = dict(self.database.execute(RUNS, [[mode]]).fetchall())
        return Told(
            stories={prompt: self._story(job) for prompt, job in jobs.items()},
            reads=sum(run["reads"] for run in self._ledger() if run["id"] in runs),
            heard=sum(runs.values()),
            lags=[lag for (lag,) in self.database.execute(LAGS).fetchall()],
        )

    def _posted(self, mode: str) -> dict[str, str]:
        items = [{"request": {"agent": RESEARCHER, "input": prompt}, "tags": [mode]} for prompt in LIVES]
        answer = self.api.post("/v1/jobs/batch", json={"items": items}).raise_for_status().json()
        return {prompt: item["job"]["id"] for prompt, item in zip(LIVES, answer["items"], strict=True)}

    def _unfinished(self) -> bool:
        return self.database.execute("SELECT FROM job WHERE finished_at IS NULL LIMIT 1").fetchone() is not None

    def _ledger(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.simulator.get("/__sim/ledger").json()["interactions"]
        return found

    def _story(self, job: str) -> tuple[Any, ...]:
        """Return how a job ended: its state, its error, its creates, its text, and its events but for progress."""
        row, result = (self.api.get(f"/v1/jobs/{job}{path}").json() for path in ("", "/result"))
        events = self.api.get(f"/v1/jobs/{job}/events", headers={"Accept": "application/json"}).json()["items"]
        steps = tuple(event["type"] for event in events if event["type"] != "job.progress")
        return row["status"], row["error"], row["creates"], result["text"], steps

    def counted(self, metric: str) -> float:
        """Return what the api counts under *metric*, whatever its labels say."""
        found = re.findall(rf"^{metric}{{.*}} (.+)$", self.api.get("/metrics").text, re.MULTILINE)
        assert found, metric
        return sum(map(float, found))


def opened(data_dir: Path, *options: str, **settings: str) -> Iterator[House]:
    with (
        up(data_dir, "--no-flower", *options, **PACE, **settings) as running,
        running.api as api,
        running.simulator() as simulator,
        psycopg.connect(libpq(running.database_url), autocommit=True) as database,
    ):
        yield House(running, api, simulator, database)


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation without push."""
    yield from opened(tmp_path_factory.mktemp("polled") / "data")


@pytest.fixture(scope="module")
def plain(polled: House) -> Told:
    return polled.lived("off")


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory, plain: Told) -> Iterator[House]:
    """An installation that the upstream tells of ends, begun when the one without has done its work."""
    assert plain.reads
    port = free_port()
    settings = {"LONGWATCH_PUBLIC_URL": f"http://127.0.0.1:{port}"}
    yield from opened(tmp_path_factory.mktemp("pushed") / "data", "--api-port", str(port), **settings)


@pytest.fixture(scope="module")
def told(pushed: House) -> Told:
    return pushed.lived("on")


def test_with_push_ends_are_seen_within_three_seconds_at_a_fifth_of_the_reads(plain: Told, told: Told) -> None:
    assert told.stories == plain.stories
    assert {story[0] for story in plain.stories.values()} == {"completed", "failed", "incomplete"}
    assert told.heard == len(LIVES) - 1
    assert len(told.lags) >= len(COMPLETE)
    assert quantiles(told.lags, n=20)[-1] <= 3, told.lags
    assert told.reads <= plain.reads / 5, (told.reads, plain.reads)


def test_with_half_of_the_webhooks_lost_there_are_no_more_reads_than_without_push(pushed: House, plain: Told) -> None:
    lossy = pushed.lived("lossy")
    assert lossy.stories == plain.stories
    assert 0 < lossy.heard < len(LIVES) - 1
    assert lossy.reads <= plain.reads, (lossy.reads, plain.reads)


def test_webhooks_that_come_three_times_change_nothing(pushed: House, plain: Told) -> None:
    before = pushed.counted("longwatch_push_received_total")
    assert pushed.lived("duplicated").stories == plain.stories
    assert pushed.counted("longwatch_push_received_total") - before >= 3 * len(COMPLETE)


def test_webhooks_out_of_order_change_nothing(pushed: House, plain: Told) -> None:
    reordered = pushed.lived("reordered")
    assert reordered.stories == plain.stories
    assert reordered.heard


def test_webhooks_that_come_after_the_end_was_read_change_nothing(pushed: House, plain: Told) -> None:
    delayed = pushed.lived("delayed")
    assert delayed.stories == plain.stories
    assert delayed.heard == 0


def test_forged_webhooks_are_refused_and_change_nothing(pushed: House, plain: Told) -> None:
    before = pushed.counted("longwatch_push_rejected_total")
    forged = pushed.lived("forged")
    assert forged.stories == plain.stories
    assert forged.heard == 0
    assert pushed.counted("longwatch_push_rejected_total") - before >= len(LIVES) - 1
