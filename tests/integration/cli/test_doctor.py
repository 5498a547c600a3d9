"""Does the command tell a person and a program what is wrong, and fail only then?"""

import json
from pathlib import Path

from tests.integration.cli.test_commands import longwatch

ELSEWHERE = "http://127.0.0.1:1"


def test_nothing_started_yet_is_not_wrong(tmp_path: Path) -> None:
    told = longwatch("doctor", "--api", ELSEWHERE, LONGWATCH_DATA_DIR=str(tmp_path / "none"))
    assert told.returncode == 0
    assert "`longwatch up` makes one" in told.stdout
    assert told.stdout.splitlines()[-1].startswith("nothing is wrong, ")
    assert not (tmp_path / "none").exists()


def test_what_is_wrong_fails_it_and_is_told_to_programs_without_a_secret(tmp_path: Path) -> None:
    told = longwatch(
        "doctor",
        "--json",
        LONGWATCH_DATA_DIR=str(tmp_path),
        LONGWATCH_DATABASE_URL="postgresql://longwatch:a-secret-word@127.0.0.1:1/longwatch",
        LONGWATCH_BROKER_URL="redis://:a-secret-word@127.0.0.1:1/0",
        LONGWATCH_UPSTREAM_URL=ELSEWHERE,
        GEMINI_API_KEY="a-secret-key",
    )
    assert told.returncode == 1
    report = json.loads(told.stdout)
    verdicts = {finding["check"]: finding["verdict"] for finding in report["findings"]}
    assert report["ok"] is False
    assert {verdicts[check] for check in ("database", "broker", "upstream with key default")} == {"wrong"}
    assert all(finding["remedy"] for finding in report["findings"] if finding["verdict"] != "ok")
    assert "a-secret" not in told.stdout + told.stderr


def test_settings_that_cannot_be_read_are_a_finding(tmp_path: Path) -> None:
    told = longwatch("doctor", LONGWATCH_DATA_DIR=str(tmp_path), LONGWATCH_MAX_RUNNING="many", NO_COLOR="1")
    assert told.returncode == 1
    assert "WRONG" in told.stdout
    assert "max_running" in told.stdout


def test_a_private_database_that_rests_is_looked_at_and_rests_again(tmp_path: Path) -> None:
    assert longwatch("migrate", LONGWATCH_DATA_DIR=str(tmp_path)).returncode == 0
    told = longwatch("doctor", "--json", "--api", ELSEWHERE, LONGWATCH_DATA_DIR=str(tmp_path))
    verdicts = {finding["check"]: finding["verdict"] for finding in json.loads(told.stdout)["findings"]}
    assert (told.returncode, verdicts["schema"]) == (0, "ok")
    assert longwatch("migrate", LONGWATCH_DATA_DIR=str(tmp_path)).returncode == 0
