"""The yardstick on a runner so small that one knows what it must measure."""

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from benchmarks.cases import mixed
from benchmarks.certificate import certificate
from benchmarks.fake.life import Plan
from benchmarks.programs import BenchmarkError, wait
from benchmarks.upstream import Counts, FakeUpstream, fake_upstream


@dataclass(slots=True)
class Threads:
    """A runner of this process: one thread a job, polling every tenth of a second."""

    url: str
    begun: list[threading.Thread] = field(default_factory=list)

    @property
    def groups(self) -> dict[str, tuple[int]]:
        return {"worker": (os.getpid(),)}

    def start(self, number: int) -> None:
        thread = threading.Thread(target=self._run, args=(number,))
        self.begun.append(thread)
        thread.start()

    def hold(self, count: int, *, over: float) -> None:
        raise NotImplementedError

    def _run(self, number: int) -> None:
        again = threading.Event()
        with httpx.Client(base_url=self.url, trust_env=False) as http:
            run = http.post("/v1beta/interactions", json={"input": f"bench-{number}"}).json()
            while run["status"] != "completed":
                again.wait(0.1)
                run = http.get(f"/v1beta/interactions/{run['id']}").json()
            http.post("/hook", json={"job": f"bench-{number}"})


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[FakeUpstream]:
    with fake_upstream(tmp_path) as running:
        yield running


def test_the_mixed_load_is_measured_on_a_runner_that_polls_ten_times_a_second(
    upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixed, "_LOAD", Plan(median=0.8, sigma=0.1))
    runner = Threads(upstream.url)
    figures = mixed.loaded(runner, upstream, seconds=1, rate=10)
    for thread in runner.begun:
        thread.join()
    assert figures["jobs"] == 10
    assert figures["polls"] > 3
    assert figures["missed"] == 0
    assert 0 < figures["lag p50"] < figures["lag p99"] < 2
    assert 0 <= figures["added p50"] <= figures["lag p50"]
    assert figures["cpu"] > 0
    assert figures["cpu worker"] == pytest.approx(figures["cpu"])


def test_the_upstream_counts_what_it_serves_and_forgets_with_a_new_plan(upstream: FakeUpstream) -> None:
    upstream.plan(Plan(median=0.001))
    runner = Threads(upstream.url)
    runner.start(1)
    runner.begun[0].join()
    counts = upstream.counts()
    assert (counts.creates, counts.webhooks) == (1, 1)
    assert counts.polls >= 1
    assert counts.all == counts.polls + 2
    upstream.plan(Plan())
    assert upstream.counts() == Counts(0, 0, 0)


def test_the_upstream_speaks_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    with fake_upstream(tmp_path, certificate=certificate(tmp_path)) as upstream:
        assert upstream.url.startswith("https://localhost:")
        assert upstream.counts() == Counts(0, 0, 0)


def test_jobs_that_cannot_be_taken_in_quickly_enough_are_not_measured(upstream: FakeUpstream) -> None:
    class Slow(Threads):
        def start(self, number: int) -> None:
            threading.Event().wait(0.1 + 0 * number)

    with pytest.raises(BenchmarkError, match="could not be taken in"):
        mixed.feed(Slow(upstream.url), rate=50, seconds=0.4)


def test_waiting_in_vain_names_what_was_waited_for() -> None:
    with pytest.raises(BenchmarkError, match="the moon rises: not within 0 s"):
        wait(lambda: False, within=0.1, what="the moon rises")
