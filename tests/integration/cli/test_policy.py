"""Is a person told when an agent's runs are read and why, on the terminal, as JSON and as a drawing?"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.policy.simulation import taught
from benchmarks.policy.worlds import lognormal
from longwatch.store import hazards
from longwatch.store.engine import Engine
from tests.support.store import AGENT

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]


def show(url: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LONGWATCH_", "GEMINI_"))}
    return subprocess.run(
        [sys.executable, "-m", "longwatch.cli", "policy", "show", *arguments],
        env={**kept, **settings, "LONGWATCH_DATABASE_URL": url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
async def learned(engine: Engine, database_url: str) -> str:
    """The URL of a database in which something is known of an agent, and too little of another."""
    async with engine.begin() as tx:
        await hazards.keep(tx, AGENT, taught(lognormal, past=1000, seed=1), ends=1000)
        await hazards.keep(tx, "young", taught(lognormal, past=37, seed=1), ends=37)
    return database_url


async def test_a_person_sees_the_curve_and_what_it_comes_to(learned: str) -> None:
    shown = show(learned, AGENT)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0].startswith(f"{AGENT}: learned from 1,000 ends, ")
    assert lines[1] == "Half of its runs end within 5 min 59 s, 19 of 20 within 15 min."
    assert lines[2] == "Expected of it: 12.0 reads a run, an end is seen 17 s late in the mean."
    assert lines[3].startswith("The exponential policy: 11.9 reads a run, an end is seen 31 s late")
    [median] = [line for line in lines if line.strip().startswith("6 min ")]
    assert "50%" in median
    assert median.endswith("30 s")
    assert median.count("█") > 20


async def test_a_program_reads_the_same_figures(learned: str) -> None:
    told = json.loads(show(learned, AGENT, "--json").stdout)
    assert (told["agent"], told["policy"], told["ends"]) == (AGENT, "learned", 1000)
    assert told["expected"]["reads"] == pytest.approx(12, rel=0.05)
    assert told["expected"]["lag_seconds"] < 0.65 * told["exponential"]["lag_seconds"]
    assert told["half_ended_seconds"] == pytest.approx(360, rel=0.1)
    ended = [step["ended"] for step in told["curve"]]
    assert ended == sorted(ended)
    assert {budget["polls_per_job"] for budget in told["budgets"]} == {6, 8, 12, 20, 40}


async def test_another_budget_can_be_tried(learned: str) -> None:
    told = json.loads(show(learned, AGENT, "--json", "--polls-per-job", "30").stdout)
    assert told["expected"]["reads"] == pytest.approx(30, rel=0.05)
    assert told["expected"]["lag_seconds"] < 9


async def test_it_is_drawn_into_a_file(learned: str, tmp_path: Path) -> None:
    assert show(learned, AGENT, "--svg", str(tmp_path / "policy.svg")).returncode == 0
    drawing = (tmp_path / "policy.svg").read_text()
    assert drawing.endswith("</svg>\n")
    ended, _wait = re.findall(r'<polyline points="([^"]+)"', drawing)
    points = [point.split(",") for point in ended.split()]
    assert len(points) > 15
    assert float(points[0][1]) > float(points[-1][1])


async def test_a_person_is_told_that_it_is_not_in_use(learned: str) -> None:
    shown = show(learned, AGENT, LONGWATCH_POLL_POLICY="exponential")
    assert "Not in use: LONGWATCH_POLL_POLICY=exponential." in shown.stdout
    plain = show(learned, AGENT, "--json", LONGWATCH_POLL_POLICY="exponential")
    assert json.loads(plain.stdout)["policy"] == "exponential"


@pytest.mark.parametrize(("agent", "ends"), [("young", 37), ("unheard of", 0)])
async def test_too_little_history_is_said_with_what_there_is(learned: str, agent: str, ends: int) -> None:
    shown = show(learned, agent)
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"{agent}: {ends} of the 100 past runs have ended that are needed")
    assert f"Learned so far: {AGENT}." in shown.stdout
    told = json.loads(show(learned, agent, "--json").stdout)
    assert (told["policy"], told["ends"], told["needed"]) == ("exponential", ends, 100)
