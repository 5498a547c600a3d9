"""Flower as operators meet it: beside everything else, under `longwatch up`."""

from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.support.flower import FlowerPages
from tests.support.installations import Up, up
from tests.support.waiting import eventually

PROMPT = "Research the tides of the Bay of Fundy"
STUCK = {"match": {"prompt": "never ends"}, "life": {"ending": "stuck"}}
FAILS = {"match": {"prompt": "fails"}, "life": {"ending": "failed", "run_seconds": 1}}
QUICK = {"life": {"run_seconds": 1}}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    data_dir = tmp_path_factory.mktemp("house") / "data"
    quickly = {"LONGWATCH_SIMULATOR_SPEED": "20", "LONGWATCH_POLL_FIRST": "0.5", "LONGWATCH_POLL_CAP": "1"}
    with up(data_dir, "--workers", "1", **quickly) as house:
        with house.simulator() as simulator:
            simulator.post("/__sim/script", json={"rules": [STUCK, FAILS, QUICK]}).raise_for_status()
        yield house


@pytest.fixture(scope="module")
def flower(house: Up) -> Iterator[FlowerPages]:
    pages = FlowerPages(house)
    with pages.http:
        yield pages


def post(house: Up, prompt: str, **fields: str) -> str:
    body = {"request": {"agent": "deep-research-preview-04-2026", "input": prompt}, **fields}
    with house.api as api:
        answer = api.post("/v1/jobs", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def job(house: Up, job_id: str) -> dict[str, object]:
    with house.api as api:
        found: dict[str, object] = api.get(f"/v1/jobs/{job_id}").raise_for_status().json()
    return found


def test_a_job_is_one_row_from_its_start_to_its_summary(house: Up, flower: FlowerPages) -> None:
    job_id = post(house, PROMPT)
    row = flower.shows(job_id, "SUCCESS")
    assert row["name"] == "research"
    assert row["result"].startswith("completed in ")
    assert "characters" in row["result"]
    assert row["received"] <= row["started"] <= row["succeeded"]
    assert list(flower.rows).count(job_id) == 1


def test_a_failed_job_says_why_and_what_to_do(house: Up, flower: FlowerPages) -> None:
    row = flower.shows(post(house, "This one fails"), "FAILURE")
    assert "api_error: The simulated run failed." in row["exception"]
    assert "/retry" in row["traceback"]


def test_terminate_cancels_the_run_upstream(house: Up, flower: FlowerPages) -> None:
    job_id = post(house, "This one never ends")
    assert "researching" in flower.shows(job_id, "STARTED")["result"]
    flower.terminate(job_id)
    row = flower.shows(job_id, "REVOKED")
    assert row["result"].startswith("cancelled after")
    ended = job(house, job_id)
    assert ended["status"] == "cancelled"
    assert ended["cancel_requested_at"] is not None
    with house.simulator() as simulator:
        ledger = simulator.get("/__sim/ledger").json()["entries"]
    assert [entry["id"] for entry in ledger if entry["op"] == "cancel"] == [ended["upstream_interaction_id"]]
    assert "No result backend" not in house.program.shown


def test_a_cancel_through_the_api_of_a_job_at_rest_is_shown(house: Up, flower: FlowerPages) -> None:
    job_id = post(house, PROMPT, run_at="2099-01-01T00:00:00Z")
    flower.shows(job_id, "RECEIVED")
    with house.api as api:
        api.post(f"/v1/jobs/{job_id}/cancel").raise_for_status()
    flower.shows(job_id, "REVOKED")


def test_a_flower_that_lost_everything_shows_it_again(house: Up, flower: FlowerPages) -> None:
    ended, running = post(house, PROMPT), post(house, "This one never ends either")
    flower.shows(ended, "SUCCESS")
    flower.shows(running, "STARTED")
    killed = psutil.Process(house.pid_of("flower"))
    killed.kill()
    eventually(lambda: not flower.rows)
    assert flower.shows(ended, "SUCCESS")["result"].startswith("completed in ")
    assert flower.shows(running, "STARTED")["args"] == "(prompt hidden)"
    flower.terminate(running)
    flower.shows(running, "REVOKED")


def test_there_are_rows_of_research_jobs_only_and_no_invented_workers(house: Up, flower: FlowerPages) -> None:
    flower.shows(post(house, PROMPT), "SUCCESS")
    assert {row["name"] for row in flower.rows.values()} == {"research"}
    workers = flower.http.get("/api/workers", params={"refresh": "true"}).json()
    assert len(workers) == 1
    assert {row["worker"] for row in flower.rows.values()} == set(workers)


def test_no_word_of_a_prompt_is_in_flower(house: Up, flower: FlowerPages) -> None:
    job_id = post(house, PROMPT)
    flower.shows(job_id, "SUCCESS")
    everything = flower.http.get("/api/tasks").text + flower.http.get(f"/task/{job_id}").text
    assert "Fundy" not in everything
    assert "(prompt hidden)" in everything


def test_without_the_login_nothing_is_shown(flower: FlowerPages) -> None:
    for path in ("/tasks", "/api/tasks", "/workers"):
        assert httpx.get(f"{flower.url}{path}", trust_env=False).status_code == 401
