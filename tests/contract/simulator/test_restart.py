"""What is still there after the simulator was killed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import Anchor, Clock, rfc3339
from simulator.config import SimulatorConfig
from simulator.journal import Journal
from simulator.world import World
from tests.support.live_simulator import simulator_running


@pytest.fixture
def config(tmp_path: Path) -> SimulatorConfig:
    return SimulatorConfig(data_file=tmp_path / "not there yet" / "simulator.jsonl")


def test_interactions_and_ledger_survive_and_runs_go_on(config: SimulatorConfig) -> None:
    with simulator_running(config) as sim:
        sim.script({"match": {"nth": 1}, "life": {"run_seconds": 600, "report_text": "as scripted"}})
        scripted, cancelled, deleted = sim.started(labels={"job": "1"}), sim.started(), sim.started()
        sim.cancel(cancelled)
        sim.delete(deleted)
        sim.advance(300)
        before = sim.ledger()
    with simulator_running(config) as sim:
        assert sim.ledger() == before
        assert sim.read(scripted)["status"] == "in_progress"
        assert sim.read(cancelled)["status"] == "cancelled"
        assert sim.get(deleted).status_code == 404
        sim.advance(301)
        assert sim.read(scripted)["steps"][-1]["content"][0]["text"] == "as scripted"


def test_a_slow_answer_is_remembered_as_answered(config: SimulatorConfig) -> None:
    with simulator_running(config) as sim:
        sim.fault("create", "slow", seconds=0.01)
        sim.started()
    with simulator_running(config) as sim:
        assert sim.entries("create")[0]["answered"] is True


def test_time_that_was_advanced_stays_advanced(config: SimulatorConfig) -> None:
    first = World(config)
    first.advance(86_400)
    assert World(config).clock.now() >= first.clock.anchor().simulated - 1


def test_a_reset_forgets_the_file_too(config: SimulatorConfig) -> None:
    with simulator_running(config) as sim:
        sim.started()
        sim.reset()
        kept = sim.started()
    with simulator_running(config) as sim:
        assert [interaction["id"] for interaction in sim.ledger()["interactions"]] == [kept]


def test_a_line_torn_by_a_kill_is_left_out_and_what_follows_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.append("one", {})
    path.write_bytes(path.read_bytes() + b'\n{"kind":"torn","la')
    journal.append("two", {"text": "\ud800 文"})
    journal.close()
    assert list(Journal(path).records()) == [{"kind": "one"}, {"kind": "two", "text": "\ud800 文"}]


def test_nothing_is_kept_without_a_file() -> None:
    journal = Journal(None)
    journal.append("one", {})
    journal.clear()
    journal.close()
    assert list(journal.records()) == []


@given(st.floats(min_value=0.1, max_value=1000), st.floats(min_value=0, max_value=100_000))
def test_a_clock_goes_on_from_its_anchor_at_the_old_speed(speed: float, simulated: float) -> None:
    real = Clock(speed=1).anchor().real
    resumed = Clock(speed=5, since=Anchor(real=real - 10, simulated=simulated, speed=speed))
    assert 0 <= resumed.now() - simulated - 10 * speed < 5 * (speed + 5)


def test_a_clock_runs_faster_by_its_speed_and_can_be_advanced() -> None:
    clock = Clock(speed=1000)
    first, second = clock.anchor(), clock.anchor()
    assert second.simulated - first.simulated >= (second.real - first.real) * 500
    clock.advance(3600)
    assert clock.now() >= second.simulated + 3600


def test_instants_are_written_in_utc_with_a_z() -> None:
    assert rfc3339(1_790_000_000.25) == "2026-09-21T14:13:20Z"
    assert rfc3339(1_790_000_000.25, milliseconds=True) == "2026-09-21T14:13:20.250Z"
