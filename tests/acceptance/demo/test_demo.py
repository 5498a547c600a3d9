import os
import re
import signal
from pathlib import Path

import pytest

from tests.acceptance.demo.conftest import Demo, pid_of
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

_WITHIN = 120.0
PROMPT = "Research the history of the Google TPUs with a focus on 2025 and 2026."
PROMISES = (
    PROMPT,
    r"The upstream is a SIMULATOR",
    r"in_progress: \w+.*: I am",
    r"\nReport  its first 15 of \d+ lines\n  # Research the history",
    r"\nSources  \d+, cited \d+ times\n  1\. .*https://",
    r"\nWebhook  signature verified by the standardwebhooks package\n  webhook-id: msg_\w+\n",
    r"webhook-signature: v1,\S+\n",
    r'"type": "job.completed"',
    r"\nStored  in PostgreSQL, table `result`; GET http://127.0.0.1:\d+/v1/jobs/job_\w+\n",
    r"curl -H .*/report.md\n",
    r"\nFlower  http://127.0.0.1:\d+\n  login longwatch / \w+",
    r"\nWhat each step took\n",
    r"\d s  API, scheduler, worker, follower and Flower\n.*\d s  job enqueued\n",
    r"\d s  researched\n.*\d s  webhook received",
    r"\d s  everything stopped\n.*\d s  all together\n",
    r"GEMINI_API_KEY=\.\.\. make demo REAL=1",
)


def test_two_at_once_do_the_main_job_without_a_terminal_and_leave_nothing(demo: Demo) -> None:
    for running in [demo.start(LC_ALL="C"), demo.start(PYTHONIOENCODING="latin-1")]:
        said, _ = running.communicate(timeout=_WITHIN)
        assert running.returncode == 0, said
        assert [promise for promise in PROMISES if not re.search(promise, said)] == []
        assert "\x1b" not in said
    demo.leaves_nothing()


def test_a_terminal_sees_it_live_and_what_is_kept_can_be_kept(demo: Demo, tmp_path: Path) -> None:
    kept = tmp_path / "kept here"
    with demo.in_terminal("--keep", str(kept)) as program:
        program.shows("researched", within=_WITHIN)
        assert program.exit_code() == 0
        eventually(lambda: "make up" in program.shown)
    drawn = re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", program.shown)
    assert re.search(r"research +\d\.\d s +in_progress", drawn)
    assert re.search(r"\n    Mapping Google TPUs: I am", drawn)
    assert f"longwatch up --data-dir '{kept}'" in program.shown
    assert (kept / "api-key").exists()
    demo.leaves_nothing()


def test_a_part_that_cannot_start_shows_its_last_lines(demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "alembic.py").write_text("raise SystemExit('this alembic is broken')")
    failing = demo.start(PYTHONPATH=str(tmp_path))
    said, _ = failing.communicate(timeout=_WITHIN)
    assert failing.returncode == 1
    assert re.search(r"migrate did not start\. Its last lines:\n    this alembic is broken\n", said)
    demo.leaves_nothing()


def test_a_part_that_dies_on_the_way_ends_the_demo(demo: Demo) -> None:
    with demo.in_terminal() as program:
        program.shows("job enqueued", within=_WITHIN)
        os.kill(pid_of("python -m scheduler", program), signal.SIGKILL)
        assert program.exit_code() == 1
        eventually(lambda: "The last lines of scheduler" in program.shown)
    assert "scheduler ended by itself" in program.shown
    demo.leaves_nothing()


@pytest.mark.parametrize("moment", ["start Valkey", "job enqueued"])
def test_ctrl_c_stops_everything(demo: Demo, moment: str) -> None:
    with demo.in_terminal() as program:
        program.shows(moment, within=_WITHIN)
        program.press_ctrl_c()
        assert program.exit_code() == 130
        eventually(lambda: "Stopped; nothing is left running." in program.shown)
    assert "Traceback" not in program.shown
    demo.leaves_nothing()


def test_a_demo_that_is_killed_leaves_nothing_running(demo: Demo) -> None:
    with demo.in_terminal() as program:
        program.shows("job enqueued", within=_WITHIN)
        program.process.kill()
    eventually(lambda: not [line for line in demo.left if "longwatch-" not in Path(line).name], within=30)


def test_real_money_is_never_spent_without_a_terminal(demo: Demo) -> None:
    asked = demo.start(REAL="1")
    said, _ = asked.communicate(timeout=_WITHIN)
    assert asked.returncode == 1
    assert said == "REAL=1 asks before it spends money, so it needs a terminal. Nothing was sent.\n"


def test_real_money_is_spent_only_after_a_yes(demo: Demo) -> None:
    with demo.in_terminal(REAL="1") as program:
        program.shows("costs about $1-3. Go on? [y/N]")
        os.write(program.keyboard, b"\n")
        assert program.exit_code() == 1
        eventually(lambda: "Nothing was sent." in program.shown)
    demo.leaves_nothing()
