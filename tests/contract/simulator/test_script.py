"""Which rule decides about a call."""

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.faults import NotFoundFirst, Status
from simulator.ops import Op
from simulator.script import Match, Rule, Script, Subject
from tests.support.live_simulator import LiveSimulator

BROKEN = Status(kind="status", status=500)
BUSY = Status(kind="status", status=503)


def loaded(*rules: Rule) -> Script:
    script = Script()
    script.load(list(rules))
    return script


def create(prompt: str = "", **labels: str) -> Subject:
    return Subject(op="create", labels=labels, prompt=prompt)


def struck(script: Script, *subjects: Subject) -> list[bool]:
    return [script.fault_for(subject) is not None for subject in subjects]


def test_a_rule_without_a_match_strikes_every_call_of_its_operation() -> None:
    script = loaded(Rule(fault=BROKEN))
    others: list[Op] = ["get", "cancel", "delete"]
    assert struck(script, create(), create()) == [True, True]
    assert struck(script, *(Subject(op=op, labels={}) for op in others)) == [False] * 3


def test_a_rule_may_want_labels_and_a_part_of_the_prompt() -> None:
    script = loaded(Rule(match=Match(label={"a": "1"}, prompt="tea"), fault=BROKEN))
    calls = create("green tea", a="1", b="2"), create("green tea", a="2"), create("coffee", a="1")
    assert struck(script, *calls) == [True, False, False]


def test_nth_counts_only_the_calls_that_fit() -> None:
    script = loaded(Rule(match=Match(prompt="tea", nth=2), fault=BROKEN))
    assert struck(script, create("tea"), create("coffee"), create("tea"), create("tea")) == [False, False, True, False]


def test_times_bounds_how_often_a_rule_fires() -> None:
    assert struck(loaded(Rule(fault=BROKEN, times=2)), *[create()] * 4) == [True, True, False, False]


def test_the_first_rule_that_fires_decides() -> None:
    script = loaded(Rule(fault=BROKEN, times=1), Rule(fault=BUSY))
    assert [script.fault_for(create()) for _ in range(2)] == [BROKEN, BUSY]


def test_probability_strikes_a_share_of_the_calls_and_the_same_ones_for_a_seed() -> None:
    rule = Rule(fault=BROKEN, probability=0.3, seed=7)
    first, again = (struck(loaded(rule), *[create()] * 1000) for _ in range(2))
    other = struck(loaded(rule.model_copy(update={"seed": 8})), *[create()] * 1000)
    assert 250 < sum(first) < 350
    assert first == again != other


def test_a_fault_on_first_reads_looks_at_each_interactions_own_reads() -> None:
    script = loaded(Rule(op="get", fault=NotFoundFirst(kind="not_found_first", k=1)))
    reads = [Subject(op="get", labels={}, reads=reads) for reads in (0, 1, 0)]
    assert struck(script, *reads) == [True, False, True]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"fault": {"kind": "reset"}, "life": {}},
        {"op": "get", "life": {}},
        {"fault": {"kind": "no_such_fault"}},
        {"fault": {"kind": "reset", "colour": 1}},
        {"life": {"ending": "no_such_ending"}},
        {"op": "list", "fault": {"kind": "reset"}},
        {"match": {"nth": 0}, "fault": {"kind": "reset"}},
    ],
)
def test_a_rule_that_means_nothing_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate(rule)


def test_the_admin_names_what_is_wrong_with_a_script(sim: LiveSimulator) -> None:
    answer = sim.http.post("/__sim/script", json={"rules": [{"fault": {"kind": "no_such_fault"}}]})
    assert answer.status_code == 422
    assert "no_such_fault" in answer.text


def test_reads_and_cancels_are_matched_by_what_the_create_carried(sim: LiveSimulator) -> None:
    match = {"label": {"job": "1"}, "prompt": "tea"}
    sim.script(*({"op": op, "match": match, "fault": {"kind": "status", "status": 500}} for op in ("get", "cancel")))
    meant, other = sim.started("green tea", labels={"job": "1"}), sim.started("green tea", labels={"job": "2"})
    assert (sim.get(meant).status_code, sim.cancel(meant).status_code) == (500, 500)
    assert (sim.get(other).status_code, sim.cancel(other).status_code) == (200, 200)


def test_one_create_can_have_both_a_fault_and_a_life(sim: LiveSimulator) -> None:
    sim.script({"life": {"queued_seconds": 600}}, {"fault": {"kind": "no_id"}})
    assert sim.research().json()["status"] == "queued"


def test_a_new_script_replaces_the_old_one(sim: LiveSimulator) -> None:
    sim.fault("create", "status", status=500)
    sim.script()
    assert sim.research().status_code == 200


def test_reset_forgets_script_interactions_and_ledger(sim: LiveSimulator) -> None:
    started = sim.started()
    sim.fault("create", "status", status=500)
    sim.reset()
    assert sim.ledger() == {"entries": [], "interactions": []}
    assert sim.get(started).status_code == 404
    assert sim.research().status_code == 200
