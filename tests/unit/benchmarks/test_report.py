from pathlib import Path

import pytest

from benchmarks import rounds
from benchmarks.cases.case import Bench, Case, Figures
from benchmarks.programs import BenchmarkError
from benchmarks.report import markdown
from benchmarks.rounds import Measured, Row
from benchmarks.runners import peers
from benchmarks.runners.runner import Runner

MACHINE = {"cores": "2"}


def measured(*rows: Row) -> Measured:
    columns = {"cpu": "CPU ms / operation", "lag": "lag s", "unasked": "never taken"}
    return Measured("mixed", "Mixed load", "How much?", columns, "cpu", list(rows), ["0.1 0.2 0.3", "1.0 1.0 1.0"])


def report(*rows: Row) -> str:
    return markdown(MACHINE, [measured(*rows)], pictures={"mixed": "mixed.png"})


def test_a_row_shows_medians_with_the_least_and_the_most() -> None:
    row = Row("ours", [{"cpu": 1.0, "lag": 2.0}, {"cpu": 3.0, "lag": 2.0}, {"cpu": 2.0, "lag": 2.0}])
    assert "| ours | 2.00 (1.00-3.00) | 2.00 (2.00-2.00) |" in report(row)


def test_a_figure_that_nobody_has_taken_has_no_column() -> None:
    assert "never taken" not in report(Row("ours", [{"cpu": 1.0, "lag": 2.0}]))


def test_who_missed_its_polls_is_not_compared() -> None:
    shown = report(Row("slacker", [{"cpu": 0.01, "lag": 2.0, "missed": 12.0}]))
    assert "| slacker | not compared: missed 12 % of its due polls |" in shown
    assert "0.01" not in shown


def test_a_round_that_failed_is_told() -> None:
    assert "- ours: a round failed: 60 webhooks: not within 90 s" in report(
        Row("ours", [{"cpu": 1.0}], ["60 webhooks: not within 90 s"])
    )


def test_the_parts_of_the_cpu_the_load_and_the_machine_are_told() -> None:
    shown = report(Row("ours", [{"cpu": 1.5, "cpu worker": 1.0, "cpu postgres": 0.5}]))
    assert "- ours: worker 1.00, postgres 0.50" in shown
    assert "before: 0.1 0.2 0.3; after: 1.0 1.0 1.0" in shown
    assert "- cores: 2" in shown
    assert "![Mixed load](mixed.png)" in shown


def test_what_was_saved_is_restored_whole(tmp_path: Path) -> None:
    case = measured(Row("ours", [{"cpu": 1.5}]), Row("other", [], ["it broke"]))
    rounds.save([case], tmp_path / "results.json")
    assert rounds.restored(tmp_path / "results.json")[1] == [case]


@pytest.fixture
def order() -> list[str]:
    return []


def a_case(order: list[str], *, broken: str = "") -> Case:
    def measure(runner: Runner, bench: Bench) -> Figures:
        order.append(runner.name)
        assert bench.quick
        assert bench.folder.exists()
        if runner.name == broken:
            raise BenchmarkError("it broke")
        return {"cpu": float(len(order))}

    runners = [peers.ARQ, peers.RETRY]
    return Case(
        name="mixed",
        title="Mixed",
        question="How much?",
        runners=runners,
        measure=measure,
        columns={"cpu": "CPU"},
        plotted="cpu",
    )


def test_runners_take_turns_in_every_round(order: list[str]) -> None:
    case = rounds.measure(a_case(order), rounds=2, quick=True, say=lambda _: None)
    assert order == [peers.ARQ.name, peers.RETRY.name] * 2
    assert [row.rounds for row in case.rows] == [[{"cpu": 1.0}, {"cpu": 3.0}], [{"cpu": 2.0}, {"cpu": 4.0}]]


def test_a_runner_that_breaks_stops_nobody(order: list[str]) -> None:
    said: list[str] = []
    broken, whole = rounds.measure(a_case(order, broken="arq"), rounds=2, quick=True, say=said.append).rows
    assert (broken.rounds, broken.failures) == ([], ["it broke", "it broke"])
    assert len(whole.rounds) == 2
    assert "  failed: it broke" in said
