"""Whether the api answers anything that its own OpenAPI lets one send, and plenty that it does not, as documented."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.support.endpoints import Door, door_alone
from tests.contract.support.sdks import ENVIRONMENTS
from tests.support.api import KEY

PROGRAM = ENVIRONMENTS / "tools" / "bin" / "schemathesis"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
BOUNDS = ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--max-time", "60"]
BOUNDS += ["--seed", "7", "--no-shrink", "--continue-on-failure", "--no-color", "--suppress-health-check", "all"]
NO_WAITING = "[parameters]\nwait = 0\n"
# /webhooks answers 501 with the remedy, as it promises.
NATIVE = ["--exclude-path-regex", "/interactions|/files|/webhooks"]
DOOR = ["--include-path-regex", "/interactions|/files"]


@pytest.fixture
def api(tmp_path: Path, database_url: str) -> Iterator[Door]:
    """The production api on a real database, with a simulator as its upstream."""
    with door_alone(database_url, tmp_path) as live:
        yield live


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("paths", "key"),
    [
        pytest.param(NATIVE, f"Authorization: Bearer {KEY}", id="native"),
        pytest.param(DOOR, f"x-goog-api-key: {KEY}", id="door"),
    ],
)
def test_every_answer_is_documented_and_none_is_a_fault_of_the_server(
    api: Door, tmp_path: Path, paths: list[str], key: str
) -> None:
    (tmp_path / "schemathesis.toml").write_text(NO_WAITING)
    said = (tmp_path / "said.txt").open("w+")
    argv = [str(PROGRAM), "run", f"{api.url}/openapi.json", *paths, "--header", key, *BOUNDS]
    with said:
        done = subprocess.run(argv, cwd=tmp_path, stdout=said, stderr=subprocess.STDOUT, check=False)
        said.seek(0)
        assert done.returncode == 0, said.read()
