"""The main job at a day's size: 100 real research tasks through `longwatch up`, undisturbed and disturbed."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.installations import ROOT, Up, up
from tests.support.receiver import Receiver
from tests.support.waiting import eventually

TASKS = ROOT.parent / "shared" / "data" / "research_prompts.jsonl"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not TASKS.exists(), reason="the research tasks are not beside this checkout"),
]


@contextmanager
def a_house(folder: Path, **settings: str) -> Iterator[tuple[Up, Receiver, httpx.Client]]:
    plain = {
        "LONGWATCH_WEBHOOK_ALLOW": "127.0.0.0/8",
        "LONGWATCH_WEBHOOK_SECRET": SECRET,
        "LONGWATCH_SIMULATOR_SPEED": "60",
        "LONGWATCH_MAX_RUNNING": "100",
    }
    with (
        Receiver(secret=SECRET) as receiver,
        up(folder / "data dir", "--no-flower", **(plain | settings)) as house,
        house.api as api,
    ):
        yield house, receiver, api


def tasks() -> list[dict[str, Any]]:
    return [json.loads(line) for line in TASKS.read_text().splitlines()]


def post_all(api: httpx.Client, receiver: Receiver) -> dict[str, str]:
    """Post every task; return the prompts by job."""
    posted = {}
    for task in tasks():
        body = {
            "request": {"agent": "deep-research-preview-04-2026", "input": task["prompt"]},
            "webhook_url": receiver.url,
            "metadata": {"task": task["id"], "prompt": task["prompt"]},
        }
        answer = api.post("/v1/jobs", json=body, headers={"Idempotency-Key": f"task-{task['id']}"})
        assert answer.status_code == 202, answer.text
        posted[answer.json()["id"]] = task["prompt"]
    return posted


def statuses(api: httpx.Client) -> Counter[str]:
    found: Counter[str] = Counter()
    cursor = None
    while True:
        page = api.get("/v1/jobs", params={"limit": 200} | ({"cursor": cursor} if cursor else {})).json()
        found.update(job["status"] for job in page["items"])
        cursor = page["next_cursor"]
        if not cursor:
            return found


def unknown(api: httpx.Client) -> list[str]:
    page = api.get("/v1/jobs", params={"attention": "submit_unknown", "limit": 200}).json()
    return [job["id"] for job in page["items"]]


def ledger(house: Up) -> Any:
    with house.simulator() as simulator:
        return simulator.get("/__sim/ledger").raise_for_status().json()


def accepted_creates(house: Up) -> list[Any]:
    return [entry for entry in ledger(house)["entries"] if entry["op"] == "create" and entry["accepted"]]


def check_webhooks(receiver: Receiver, jobs: dict[str, str]) -> None:
    completed = [got for got in receiver.ledger if got.event["type"] == "job.completed"]
    assert all(got.verified for got in completed)
    assert {got.event["data"]["job_id"] for got in completed} == set(jobs)
    assert len({got.webhook_id for got in completed}) == len(jobs)
    for got in completed:
        assert got.event["data"]["metadata"]["prompt"] == jobs[got.event["data"]["job_id"]]


def check_results(house: Up, api: httpx.Client, jobs: dict[str, str]) -> None:
    sent = {run["id"]: run["body_sha256"] for run in ledger(house)["interactions"]}
    for job_id, prompt in jobs.items():
        job = api.get(f"/v1/jobs/{job_id}").json()
        raw = api.get(f"/v1/jobs/{job_id}/result/raw").content
        digest = hashlib.sha256(raw).hexdigest()
        assert digest in sent[job["upstream_interaction_id"]]
        assert job["usage"], job
        shown = json.loads(raw)["steps"][0]["content"][0]["text"]
        assert shown == prompt
        report = api.get(f"/v1/jobs/{job_id}/report.md").content.decode()
        assert prompt[:12] in report or prompt[:12] in raw.decode()


def test_a_hundred_tasks_are_each_created_once_kept_and_announced(tmp_path: Path) -> None:
    with a_house(tmp_path) as (house, receiver, api):
        jobs = post_all(api, receiver)
        assert len(jobs) == 100
        eventually(lambda: statuses(api)["completed"] == 100, within=180)
        eventually(lambda: len(receiver.ledger) >= 100, within=30)
        assert len(accepted_creates(house)) == 100
        check_webhooks(receiver, jobs)
        check_results(house, api, jobs)


def test_nothing_is_lost_when_the_worker_is_killed_and_the_broker_wiped_while_all_run(tmp_path: Path) -> None:
    with a_house(tmp_path) as (house, receiver, api):
        jobs = post_all(api, receiver)
        eventually(lambda: not statuses(api)["queued"] + statuses(api)["submitting"], within=120)
        worker = house.worker()
        for process in (*worker.children(recursive=True), worker):
            process.kill()
        with house.broker() as broker:
            broker.flushall()
        eventually(lambda: statuses(api)["completed"] == 100, within=240)
        eventually(lambda: len({got.webhook_id for got in receiver.ledger}) >= 100, within=60)
        assert len(accepted_creates(house)) == 100
        check_webhooks(receiver, jobs)
        check_results(house, api, jobs)


def test_creates_open_at_a_kill_are_shown_and_paid_once_until_a_person_decides(tmp_path: Path) -> None:
    with a_house(tmp_path, LONGWATCH_LEASE="10") as (house, receiver, api):
        with house.simulator() as simulator:
            slow = {"op": "create", "fault": {"kind": "slow", "seconds": 3}}
            simulator.post("/__sim/script", json={"rules": [slow]}).raise_for_status()
        post_all(api, receiver)
        eventually(lambda: statuses(api)["submitting"] >= 3, within=60)
        for child in house.worker().children():
            child.kill()
        with house.simulator() as simulator:
            simulator.post("/__sim/script", json={"rules": []}).raise_for_status()
        eventually(lambda: statuses(api)["completed"] + len(unknown(api)) == 100, within=240)
        lost = unknown(api)
        assert lost
        by_label = Counter(entry["labels"]["longwatch_interaction"] for entry in accepted_creates(house))
        assert max(by_label.values()) == 1
        for job_id in lost:
            answer = api.post(f"/v1/jobs/{job_id}/resolve", json={"as": "resubmit"})
            assert answer.status_code in {200, 202}, answer.text
        eventually(lambda: statuses(api)["completed"] == 100, within=180)
        eventually(lambda: len({got.event["data"]["job_id"] for got in receiver.ledger}) == 100, within=60)
        by_label = Counter(entry["labels"]["longwatch_interaction"] for entry in accepted_creates(house))
        assert max(by_label.values()) == 1
