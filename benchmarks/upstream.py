"""How is the fake upstream told what to do, and asked what it saw? From outside, over HTTP."""

import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.fake.life import Plan
from benchmarks.programs import program, wait


@dataclass(frozen=True, slots=True)
class Counts:
    """Operations that the upstream and the receiver have served."""

    creates: int
    polls: int
    webhooks: int

    @property
    def all(self) -> int:
        """Return how many operations that are."""
        return self.creates + self.polls + self.webhooks

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.creates - other.creates, self.polls - other.polls, self.webhooks - other.webhooks)


@dataclass(frozen=True, slots=True)
class FakeUpstream:
    """A running upstream and receiver."""

    url: str
    hook: str
    client: httpx.Client
    certificate: Path | None = None

    def plan(self, plan: Plan) -> None:
        """Forget everything and behave as planned."""
        self.client.post("/plan", json=asdict(plan)).raise_for_status()

    def counts(self) -> Counts:
        """Return what has been served since the plan."""
        return Counts(*self.client.get("/counts").raise_for_status().json())

    def tally(self) -> dict[str, Any]:
        """Return everything that was seen since the plan."""
        found: dict[str, Any] = self.client.get("/tally").raise_for_status().json()
        return found


@contextmanager
def fake_upstream(folder: Path, *, certificate: Path | None = None) -> Iterator[FakeUpstream]:
    """Run the fake until the block ends; with a *certificate* it speaks TLS."""
    log = folder / "upstream.log"
    options = ["--certificate", str(certificate)] if certificate else []
    with program([sys.executable, "-m", "benchmarks.fake", *options], {"PYTHONUNBUFFERED": "1"}, log=log):
        wait(lambda: "\n" in log.read_text(), what="the fake upstream starts")
        url, receiver = log.read_text().splitlines()[0].split()
        verify = ssl.create_default_context(cafile=str(certificate)) if certificate else True
        with httpx.Client(base_url=url, trust_env=False, timeout=30, verify=verify) as client:
            yield FakeUpstream(url, f"{receiver}/hook", client, certificate)
