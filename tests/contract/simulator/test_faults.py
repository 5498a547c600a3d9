"""What a caller meets under each fault, and what the ledger then says."""

import time
from typing import Any

import httpx
import pytest

from tests.support.live_simulator import LiveSimulator
from tests.support.waiting import eventually


def verdict(entry: dict[str, Any]) -> tuple[bool, bool, int | None]:
    return entry["accepted"], entry["answered"], entry["status"]


def ended(sim: LiveSimulator) -> str:
    sim.life(run_seconds=1)
    started = sim.started()
    sim.advance(2)
    return started


@pytest.mark.parametrize("status", [400, 402, 409, 418, 429, 500, 502, 503, 504])
def test_any_status_can_be_the_answer_to_a_create(sim: LiveSimulator, status: int) -> None:
    sim.fault("create", "status", status=status)
    assert sim.research().status_code == status
    assert verdict(sim.entries("create")[0]) == (False, True, status)
    assert sim.ledger()["interactions"] == []


@pytest.mark.parametrize(
    ("shape", "content_type", "start"),
    [
        ("json", "application/json", '{"error":{"code":"service_unavailable"'),
        ("google", "application/json", '{"error":{"code":503,'),
        ("array", "application/json", '[{"error":{"code":503,'),
        ("html", "text/html", "<!DOCTYPE html>"),
        ("text", "text/plain", "Simulated error 503."),
        ("empty", "text/plain", ""),
    ],
)
def test_an_error_comes_in_every_known_shape(sim: LiveSimulator, shape: str, content_type: str, start: str) -> None:
    started = sim.started()
    sim.fault("get", "status", status=503, body=shape, headers={"Retry-After": "3"})
    answer = sim.get(started)
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.headers["retry-after"] == "3"
    assert answer.text.startswith(start)
    assert answer.text or not start


def test_an_error_can_have_a_code_and_words_of_its_own(sim: LiveSimulator) -> None:
    sim.fault("create", "status", status=429, code="quota_exceeded", message="daily quota")
    assert sim.research().json() == {"error": {"code": "quota_exceeded", "message": "daily quota"}}


@pytest.mark.parametrize(("kind", "status"), [("not_found_first", 404), ("forbidden_first", 403)])
def test_the_first_reads_of_each_interaction_can_be_refused(sim: LiveSimulator, kind: str, status: int) -> None:
    sim.fault("get", kind, k=2)
    one, other = sim.started(), sim.started()
    assert [sim.get(one).status_code for _ in range(3)] == [status, status, 200]
    assert [sim.get(other).status_code for _ in range(3)] == [status, status, 200]


def test_an_interaction_can_stay_unfound_for_ever(sim: LiveSimulator) -> None:
    sim.fault("get", "not_found_forever")
    started = sim.started()
    sim.advance(2000)
    assert {sim.get(started).status_code for _ in range(5)} == {404}


def test_rate_limits_come_with_and_without_retry_after(sim: LiveSimulator) -> None:
    sim.fault("create", "rate_limited", retry_after=2.5)
    waiting = sim.research()
    sim.fault("create", "rate_limited")
    silent = sim.research()
    assert waiting.headers["retry-after"] == "2.5"
    assert "retry-after" not in silent.headers
    assert waiting.json()["error"]["code"] == silent.json()["error"]["code"] == "rate_limit_exceeded"


def test_a_rate_limit_of_none_is_an_array_body(sim: LiveSimulator) -> None:
    sim.fault("create", "rate_limited", limit=0)
    assert "limit: 0" in sim.research().json()[0]["error"]["message"]


def test_a_reset_breaks_the_connection_and_nothing_is_created(sim: LiveSimulator) -> None:
    sim.fault("create", "reset")
    with pytest.raises(httpx.ReadError, match="reset by peer"):
        sim.research()
    assert verdict(sim.entries("create")[0]) == (False, False, None)
    assert sim.ledger()["interactions"] == []


def test_accept_then_drop_creates_and_closes_without_an_answer(sim: LiveSimulator) -> None:
    sim.fault("create", "accept_then_drop")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        sim.research(labels={"job": "1"})
    entry, interaction = sim.entries("create")[0], sim.ledger()["interactions"][0]
    assert verdict(entry) == (True, False, None)
    assert entry["id"] == interaction["id"]
    assert entry["labels"] == interaction["labels"] == {"job": "1"}
    assert sim.read(entry["id"])["status"] == "in_progress"


def test_a_dropped_cancel_takes_effect_all_the_same(sim: LiveSimulator) -> None:
    started = sim.started()
    sim.fault("cancel", "accept_then_drop")
    with pytest.raises(httpx.RemoteProtocolError):
        sim.cancel(started)
    assert sim.read(started)["status"] == "cancelled"


def test_a_reset_cancel_takes_no_effect(sim: LiveSimulator) -> None:
    started = sim.started()
    sim.fault("cancel", "reset")
    with pytest.raises(httpx.ReadError):
        sim.cancel(started)
    assert sim.read(started)["status"] == "in_progress"


def test_accept_then_status_creates_and_answers_with_an_error(sim: LiveSimulator) -> None:
    sim.fault("create", "accept_then_status", status=503)
    assert sim.research().json()["error"]["code"] == "service_unavailable"
    assert verdict(sim.entries("create")[0]) == (True, True, 503)
    assert len(sim.ledger()["interactions"]) == 1


def test_a_refused_create_is_not_accepted_whatever_the_fault(sim: LiveSimulator) -> None:
    sim.fault("create", "accept_then_status", status=503)
    assert sim.post({"input": "x"}).status_code == 503
    assert verdict(sim.entries("create")[0]) == (False, True, 503)


def test_a_slow_answer_comes_whole_in_the_end(sim: LiveSimulator) -> None:
    sim.fault("create", "slow", seconds=0.2)
    began = time.monotonic()
    assert sim.research().json()["status"] == "in_progress"
    assert time.monotonic() - began >= 0.2
    assert verdict(sim.entries("create")[0]) == (True, True, 200)


def test_a_slow_create_that_nobody_waits_for_was_accepted_but_not_answered(sim: LiveSimulator) -> None:
    sim.fault("create", "slow", seconds=1)
    with pytest.raises(httpx.ReadTimeout):
        sim.post({"agent": "an-agent", "background": True, "input": "x"}, timeout=0.1)
    assert verdict(sim.entries("create")[0]) == (True, False, 200)


def test_a_body_can_dribble(sim: LiveSimulator) -> None:
    started = ended(sim)
    sim.fault("get", "slow", dribble_seconds=0.2)
    began = time.monotonic()
    with sim.http.stream("GET", f"/v1/interactions/{started}") as answer:
        pieces = list(answer.iter_raw())
    assert len(pieces) > 1
    assert time.monotonic() - began >= 0.15
    assert len(b"".join(pieces)) == int(answer.headers["content-length"])
    assert verdict(sim.entries("get")[0]) == (True, True, 200)


def test_half_an_answer_announces_more_than_it_sends(sim: LiveSimulator) -> None:
    started = ended(sim)
    sim.fault("get", "half_answer", fraction=0.3)
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection without sending complete"):
        sim.get(started)
    entry = sim.entries("get")[0]
    assert verdict(entry) == (True, False, 200)
    assert entry["body_sha256"] is None
    assert sim.ledger()["interactions"][0]["body_sha256"] == []


def test_half_an_answer_to_a_create_leaves_an_accepted_run(sim: LiveSimulator) -> None:
    sim.fault("create", "half_answer")
    with pytest.raises(httpx.RemoteProtocolError):
        sim.research()
    assert verdict(sim.entries("create")[0]) == (True, False, 200)


def test_an_answer_can_lack_its_id(sim: LiveSimulator) -> None:
    sim.fault("create", "no_id")
    answer = sim.research().json()
    assert "id" not in answer
    assert answer["status"] == "in_progress"
    assert sim.entries("create")[0]["id"].startswith("v1_")


def test_an_answer_can_be_a_page_of_html(sim: LiveSimulator) -> None:
    sim.fault("create", "garbage", body="html")
    answer = sim.research()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=UTF-8")
    assert verdict(sim.entries("create")[0]) == (True, True, 200)


def test_an_answer_can_be_json_that_breaks_off(sim: LiveSimulator) -> None:
    sim.fault("create", "garbage", body="truncated")
    answer = sim.research()
    assert answer.headers["content-type"].startswith("application/json")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_a_terminal_read_that_is_replaced_or_dropped_is_no_terminal_answer(sim: LiveSimulator) -> None:
    started = ended(sim)
    sim.fault("get", "garbage")
    sim.get(started)
    sim.fault("get", "accept_then_drop")
    with pytest.raises(httpx.RemoteProtocolError):
        sim.get(started)
    assert sim.entries("get") == []


def test_one_answer_can_have_the_legacy_shape(sim: LiveSimulator) -> None:
    started = ended(sim)
    sim.fault("get", "legacy_body")
    document = sim.read(started)
    assert "steps" not in document
    assert document["outputs"][-1]["type"] == "text"


def test_the_connection_is_good_again_after_a_fault(sim: LiveSimulator) -> None:
    sim.script({"fault": {"kind": "reset"}, "times": 1})
    with pytest.raises(httpx.ReadError):
        sim.research()
    assert eventually(sim.research).status_code == 200
