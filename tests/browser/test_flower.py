"""Flower's pages in a real browser, beside everything else under `longwatch up`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.flower import FlowerPages
from tests.support.installations import Up, up

PROMPTS = {
    "SUCCESS": "Research the tides of the Bay of Fundy",
    "FAILURE": "Research that fails",
    "STARTED": "研究谷歌TPU的历史, and never end",
}
RULES = [
    {"match": {"prompt": "never end"}, "life": {"ending": "stuck"}},
    {"match": {"prompt": "fails"}, "life": {"ending": "failed", "run_seconds": 1}},
    {"life": {"run_seconds": 1}},
]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@contextmanager
def a_house(data_dir: Path, **settings: str) -> Iterator[tuple[Up, FlowerPages]]:
    quickly = {"LONGWATCH_POLL_FIRST": "0.5", "LONGWATCH_POLL_CAP": "1"}
    with up(data_dir, "--workers", "1", **quickly, **settings) as house:
        with house.simulator() as simulator:
            simulator.post("/__sim/script", json={"rules": RULES}).raise_for_status()
        flower = FlowerPages(house)
        with flower.http:
            yield house, flower


def post_all(house: Up, flower: FlowerPages) -> dict[str, str]:
    """Post a job for each state and wait until Flower shows it there; return their ids by state."""
    posted = {}
    for state, prompt in PROMPTS.items():
        body = {"request": {"agent": "deep-research-preview-04-2026", "input": prompt}, "tags": ["browser"]}
        with house.api as api:
            posted[state] = api.post("/v1/jobs", json=body).raise_for_status().json()["id"]
    for state, job_id in posted.items():
        flower.shows(job_id, state)
    return posted


def page_of(browser: Any, flower: FlowerPages) -> Any:
    name, password = flower.login
    login = {"username": name, "password": password}
    return browser.new_page(viewport={"width": 1500, "height": 800}, http_credentials=login)


def test_terminate_is_clicked_and_the_run_ends_upstream(browser: Any, screenshots: Path, tmp_path: Path) -> None:
    with a_house(tmp_path / "data") as (house, flower):
        posted = post_all(house, flower)
        page = page_of(browser, flower)
        page.goto(f"{flower.url}/tasks")
        for state, job_id in posted.items():
            page.locator("tr", has_text=job_id).get_by_text(state).wait_for()
        page.screenshot(path=screenshots / "flower-tasks.png")
        page.goto(f"{flower.url}/task/{posted['STARTED']}")
        page.screenshot(path=screenshots / "flower-running.png", full_page=True)
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Terminate").click()
        flower.shows(posted["STARTED"], "REVOKED")
        page.reload()
        page.get_by_text("REVOKED").first.wait_for()
        page.screenshot(path=screenshots / "flower-revoked.png", full_page=True)
        page.goto(f"{flower.url}/task/{posted['FAILURE']}")
        page.get_by_text("POST /v1/jobs/").first.wait_for()
        page.screenshot(path=screenshots / "flower-failed.png", full_page=True)
        with house.simulator() as simulator:
            ledger = simulator.get("/__sim/ledger").json()["entries"]
        assert sum(entry["op"] == "cancel" for entry in ledger) == 1


def test_prompts_are_readable_where_the_operator_wants_them(browser: Any, screenshots: Path, tmp_path: Path) -> None:
    with a_house(tmp_path / "data", LONGWATCH_FLOWER_SHOW_PROMPTS="true") as (house, flower):
        posted = post_all(house, flower)
        page = page_of(browser, flower)
        page.goto(f"{flower.url}/tasks")
        page.locator("tr", has_text=posted["STARTED"]).get_by_text("研究谷歌TPU的历史").wait_for()
        page.locator("tr", has_text=posted["SUCCESS"]).get_by_text("Bay of Fundy").first.wait_for()
        page.screenshot(path=screenshots / "flower-prompts.png")
