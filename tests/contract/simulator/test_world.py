"""Whether the simulator keeps its word over any order of calls and restarts."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from simulator.answers import CODES
from simulator.config import SimulatorConfig
from simulator.exchange import exchange
from simulator.faults import Fault, Status
from simulator.life import Life
from simulator.script import Rule
from simulator.service import Call
from simulator.world import World

TERMINAL = {"completed", "cancelled", "failed"}
BODY = {"agent": "an-agent", "background": True, "input": "tea and coffee"}
LIVES = st.builds(
    Life,
    queued_seconds=st.sampled_from([0.0, 50.0]),
    run_seconds=st.sampled_from([0.0, 100.0, 500.0]),
    ending=st.sampled_from(["completed", "failed", "stuck"]),
    cancel_lag_seconds=st.sampled_from([0.0, 70.0]),
    cancel_wins=st.sampled_from([None, True, False]),
)


def kept(world: World) -> Any:
    """Return the ledger but for the reads, which are counted from the simulator's start on."""
    view = world.ledger_view()
    interactions = [{name: said for name, said in one.items() if name != "reads"} for one in view["interactions"]]
    return view | {"interactions": interactions}


class AnyOrder(RuleBasedStateMachine):
    """Creates, reads, cancels, deletes, restarts and lets time pass, in any order."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._config = SimulatorConfig(data_file=Path(self._folder.name) / "journal", speed=0.001)
        self.world = World(self._config)
        self.ended: dict[str, str] = {}
        self.creates = 0

    def teardown(self) -> None:
        self.world.journal.close()
        self._folder.cleanup()

    @rule(target=ids, life=LIVES)
    def create(self, life: Life) -> str:
        self.world.script.load([Rule(life=life)])
        exchange(self.world, Call(op="create", key="k", body=BODY))
        self.creates += 1
        return self.world.shelf.all()[-1].id

    @rule(status=st.sampled_from(sorted(CODES)))
    def refused_create(self, status: int) -> None:
        fault: Fault = Status(kind="status", status=status)
        self.world.script.load([Rule(fault=fault)])
        assert exchange(self.world, Call(op="create", key="k", body=BODY)).status_code == status
        self.world.script.load([])

    @rule(one=ids)
    def read(self, one: str) -> None:
        shelved = self.world.shelf.find(one)
        answer = exchange(self.world, Call(op="get", key="k", id=one))
        assert answer.status_code == (200 if shelved else 404)

    @rule(one=ids)
    def cancel(self, one: str) -> None:
        known = self.world.shelf.find(one) is not None
        answer = exchange(self.world, Call(op="cancel", key="k", id=one))
        assert answer.status_code == (404 if not known else 400 if one in self.ended else 200)

    @rule(one=ids)
    def delete(self, one: str) -> None:
        exchange(self.world, Call(op="delete", key="k", id=one))
        assert self.world.shelf.find(one) is None

    @rule(seconds=st.sampled_from([1.0, 40.0, 200.0, 10_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.world.advance(seconds)

    @rule()
    def restart(self) -> None:
        before = kept(self.world)
        self.world.journal.close()
        self.world = World(self._config)
        assert kept(self.world) == before

    @invariant()
    def an_end_is_final(self) -> None:
        now = {one["id"]: one["status"] for one in self.world.ledger_view()["interactions"]}
        assert all(now[one] == status for one, status in self.ended.items())
        self.ended |= {one: status for one, status in now.items() if status in TERMINAL}

    @invariant()
    def every_create_is_in_the_ledger_once(self) -> None:
        accepted = [e["id"] for e in self.world.ledger.entries() if e["op"] == "create" and e["accepted"]]
        assert accepted == [interaction.id for interaction in self.world.shelf.all()]
        assert len(accepted) == self.creates

    @invariant()
    def only_terminal_reads_are_in_the_ledger(self) -> None:
        reads = [e for e in self.world.ledger.entries() if e["op"] == "get"]
        assert all(e["body_sha256"] and e["id"] in self.ended for e in reads)


AnyOrder.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestAnyOrder = AnyOrder.TestCase


def test_two_thousand_runs_in_flight_are_all_told_apart() -> None:
    count = 2_000
    world = World(SimulatorConfig())
    for number in range(count):
        exchange(world, Call(op="create", key="k", body=BODY | {"labels": {"job": str(number)}}))
    view = world.ledger_view()
    assert len({one["id"] for one in view["interactions"]}) == count
    assert [one["labels"]["job"] for one in view["interactions"]] == [str(number) for number in range(count)]
    world.advance(2_000)
    assert {one["status"] for one in world.ledger_view()["interactions"]} == {"completed"}
