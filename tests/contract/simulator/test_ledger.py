"""What the ledger keeps of what happened."""

import hashlib
import itertools

import httpx

from simulator.journal import Journal
from simulator.ledger import Entry, Ledger
from tests.support.live_simulator import LiveSimulator

FIELDS = {"op", "id", "labels", "accepted", "answered", "status", "body_sha256", "at"}


def sha256(answer: httpx.Response) -> str:
    return hashlib.sha256(answer.content).hexdigest()


def entry(interaction_id: str) -> Entry:
    return Entry(op="create", id=interaction_id, accepted=True, answered=False, status=200, body_sha256=None, at="")


def test_an_entry_has_the_agreed_fields(sim: LiveSimulator) -> None:
    started = sim.started(labels={"job": "1"})
    ledger = sim.ledger()
    assert set(ledger["entries"][0]) == FIELDS
    assert ledger["entries"][0] | {"at": ""} == {
        "op": "create",
        "id": started,
        "labels": {"job": "1"},
        "accepted": True,
        "answered": True,
        "status": 200,
        "body_sha256": None,
        "at": "",
    }
    assert ledger["interactions"] == [
        {
            "id": started,
            "labels": {"job": "1"},
            "status": "in_progress",
            "ended_at": None,
            "body_sha256": [],
            "reads": 0,
        }
    ]
    sim.read(started)
    assert sim.ledger()["interactions"][0]["reads"] == 1


def test_everything_that_changes_something_is_written_in_order(sim: LiveSimulator) -> None:
    started = sim.started()
    sim.get(started)
    sim.cancel(started)
    sim.delete(started)
    sim.delete(started)
    entries = sim.ledger()["entries"]
    assert [(one["op"], one["accepted"], one["status"]) for one in entries] == [
        ("create", True, 200),
        ("cancel", True, 200),
        ("delete", True, 200),
        ("delete", False, 404),
    ]
    assert all(earlier["at"] <= later["at"] for earlier, later in itertools.pairwise(entries))


def test_terminal_reads_leave_the_digest_of_the_bytes_sent(sim: LiveSimulator) -> None:
    sim.life(run_seconds=10, usage_after_seconds=60)
    started = sim.started()
    sim.get(started)
    sim.advance(11)
    without_usage = sim.get(started)
    sim.advance(60)
    with_usage, again = sim.get(started), sim.get(started)
    assert with_usage.content == again.content != without_usage.content
    digests = [sha256(without_usage), sha256(with_usage), sha256(again)]
    assert [one["body_sha256"] for one in sim.entries("get")] == digests
    assert sim.ledger()["interactions"][0]["body_sha256"] == digests[:2]
    assert sim.ledger()["interactions"][0]["ended_at"] is not None


def test_a_terminal_answer_to_a_create_or_a_cancel_counts_as_a_terminal_body(sim: LiveSimulator) -> None:
    inline = sim.post({"model": "gemini-2.5-flash", "input": "tea"})
    cancelled = sim.cancel(sim.started())
    bodies = [interaction["body_sha256"] for interaction in sim.ledger()["interactions"]]
    assert bodies == [[sha256(inline)], [sha256(cancelled)]]


def test_a_share_of_create_answers_can_be_lost_and_the_ledger_tells_them(sim: LiveSimulator) -> None:
    sim.script({"fault": {"kind": "accept_then_drop"}, "probability": 0.3, "seed": 1})
    lost = 0
    for number in range(40):
        try:
            sim.started(labels={"job": str(number)})
        except httpx.RemoteProtocolError:
            lost += 1
    entries = sim.entries("create")
    assert 0 < lost < 40
    assert sum(not one["answered"] for one in entries) == lost
    assert all(one["accepted"] for one in entries)
    assert len(sim.ledger()["interactions"]) == 40


def test_an_answer_still_under_way_at_a_reset_marks_no_later_entry() -> None:
    ledger = Ledger(Journal(None))
    under_way = ledger.write(entry("v1_old"))
    ledger.clear()
    later = ledger.write(entry("v1_new"))
    ledger.mark_answered(under_way)
    assert ledger.entries()[0]["answered"] is False
    ledger.mark_answered(later)
    assert ledger.entries()[0]["answered"] is True
