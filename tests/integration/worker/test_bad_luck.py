"""Whatever goes wrong, by seed: no create is taken twice, no job is lost, and every story adds up."""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from longwatch.domain import ids
from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator

pytestmark = pytest.mark.anyio

JOBS = 12
FAULTS: dict[str, list[dict[str, Any]]] = {
    "create": [
        {"kind": "rate_limited"},
        {"kind": "accept_then_drop"},
        {"kind": "status", "status": 503},
        {"kind": "half_answer"},
        {"kind": "reset"},
    ],
    "get": [
        {"kind": "status", "status": 500},
        {"kind": "reset"},
        {"kind": "garbage"},
        {"kind": "status", "status": 404},
        {"kind": "half_answer"},
        {"kind": "legacy_body"},
    ],
    "cancel": [{"kind": "status", "status": 500}, {"kind": "accept_then_drop"}],
}


def _rules(seed: int) -> list[dict[str, Any]]:
    """Return rules under which about half of all calls go wrong."""
    faults = [(op, fault) for op, all_of_op in FAULTS.items() for fault in all_of_op]
    rules = [
        {"op": op, "fault": fault, "probability": 0.12, "seed": 100 * seed + number}
        for number, (op, fault) in enumerate(faults)
    ]
    return [*rules, {"life": {"usage_after_seconds": 30, "cancel_lag_seconds": 20}}]


async def _all_end(home: House, other: House, jobs: list[UUID]) -> None:
    """Let two workers take turns until every job has ended; a create that is held for a person is given up."""
    for _ in range(150):
        await home.pump()
        await home.pass_time(20)
        await other.pump()
        rows = [await home.row(job) for job in jobs]
        for row in rows:
            if row["attention_code"] == "submit_unknown" and row["attempt"] > 1 and not row["finished_at"]:
                await home.resolve(row["id"], "fail")
        if all(row["finished_at"] for row in rows):
            return
    raise AssertionError([(row["status"], row["attention_code"]) for row in rows])


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_under_any_luck_every_job_ends_once_and_no_create_is_taken_twice(
    database_url: str, upstream: LiveSimulator, seed: int
) -> None:
    upstream.script(*_rules(seed))
    policies = ["resubmit", "fail", "resubmit"]
    async with house(database_url, upstream) as home, house(database_url, upstream) as other:
        jobs = [await home.job(f"topic {n}", on_unknown_submit=policies[n % 3]) for n in range(JOBS)]
        await home.pump()
        for job in jobs[:3]:
            if not (await home.row(job))["finished_at"]:
                await home.cancel(job)
        await _all_end(home, other, jobs)
        await _adds_up(home, jobs)


async def _adds_up(home: House, jobs: list[UUID]) -> None:
    creates = home.upstream.entries("create")
    assert max(home.labels_accepted().values()) == 1
    sent = Counter(entry["labels"]["longwatch_job"] for entry in creates)
    for job in jobs:
        row = await home.row(job)
        assert row["creates"] == sent[ids.encode(ids.JOB, job)]
        events = await home.rows("SELECT sequence, type FROM event WHERE job_id = :id ORDER BY sequence", id=job)
        assert [event["sequence"] for event in events] == list(range(1, row["last_sequence"] + 1))
        assert [event["type"] for event in events].count(f"job.{row['status']}") == 1
        if row["status"] == "completed":
            [result] = await home.rows("SELECT text FROM result WHERE interaction_id = :id", id=row["interaction_id"])
            assert result["text"]
