import sys

import pytest

from chaos.crowd import run_together

HOLDS_IF_ODD = "import sys; print('seed', sys.argv[1], 'is over'); sys.exit(int(sys.argv[1]) % 2 == 0)"


def test_each_seed_is_run_and_judged_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_together([1, 2, 3], [sys.executable, "-c", HOLDS_IF_ODD], most=2) == [True, False, True]
    said = capsys.readouterr().out.splitlines()
    assert sorted(said) == sorted(f"seed {seed} {what}" for seed in (1, 2, 3) for what in ("begins", "is over"))


def test_as_many_run_at_once_as_were_asked_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    meeting = tmp_path_factory.mktemp("meeting")
    waits = (
        "import pathlib, sys, time\n"
        f"here = pathlib.Path({str(meeting)!r})\n"
        "(here / sys.argv[1]).touch()\n"
        "limit = time.monotonic() + 30\n"
        "while len(list(here.iterdir())) < 2 and time.monotonic() < limit: time.sleep(0.01)\n"
        "sys.exit(len(list(here.iterdir())) < 2)\n"
    )
    assert run_together([1, 2], [sys.executable, "-c", waits], most=2) == [True, True]
