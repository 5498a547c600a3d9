"""Do planted secrets and prompts stay where they belong, in a whole installation that logs all it can?"""

import asyncio
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from longwatch.store.engine import connect
from tests.support.databases import libpq
from tests.support.flower import FlowerPages
from tests.support.installations import Up, up
from tests.support.live_simulator import RESEARCHER, LiveSimulator, simulator_running
from tests.support.receiver import Answer, Receiver
from tests.support.telltale import telling
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOKEN = "wallaby-in-the-mcp-header"
ADDRESS = "https://echidna:pademelon-in-the-mcp-address@mcp.invalid/tides"
PLAIN_KEY = "bettong-the-key-that-is-no-admin"
LONGWATCH_KEY = "cassowary-the-longwatch-key"
UPSTREAM_KEY = "taipan-the-upstream-key"
WEBHOOK_SECRET = "whsec_Y3VycmF3b25nLWN1cnJhd29uZy1jdXJyYXdvbmc="
PUSH_TOKEN = "wombat-in-the-push-address"
SECRETS = [PUSH_TOKEN, TOKEN, "pademelon-in-the-mcp-address", PLAIN_KEY, LONGWATCH_KEY, UPSTREAM_KEY, WEBHOOK_SECRET]
PROMPT = "kookaburra-in-the-prompt"
NOBODY = "http://127.0.0.1:9"
HOOK = f"{NOBODY}/hooks/gemini/{PUSH_TOKEN}"
QUOTED = f'Invalid input: "This one ... \\n{PROMPT.upper()}".'
REPORT = f"The server at {ADDRESS} took the header Bearer {TOKEN}, told {HOOK}, and so the tides are known."
COMPLAINT = f"{QUOTED} {REPORT}"
TOOL = {"type": "mcp_server", "name": "tides", "url": ADDRESS, "headers": {"Authorization": f"Bearer {TOKEN}"}}
RULES = [
    {
        "match": {"prompt": "fails"},
        "life": {"ending": "failed", "run_seconds": 1, "error_message": COMPLAINT},
    },
    {"match": {"prompt": "refused"}, "fault": {"kind": "status", "status": 400, "message": COMPLAINT}},
    {"match": {"prompt": "forbidden"}, "fault": {"kind": "status", "status": 403, "message": COMPLAINT}},
    {"match": {"prompt": "without"}, "life": {"run_seconds": 1, "report_text": f"It told {HOOK} and went."}},
    {"life": {"run_seconds": 1, "report_text": REPORT, "thoughts": 2}},
]
FINAL = {"completed", "failed"}


@dataclass(slots=True)
class House:
    """An installation, and all that anybody but its operator was shown."""

    up: Up
    simulator: LiveSimulator
    receiver: Receiver
    shown: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    jobs: dict[str, str] = field(default_factory=dict)

    def ask(self, path: str, *, key: str = PLAIN_KEY, method: str = "GET", **options: Any) -> httpx.Response:
        """Call the API, and remember what it said to anybody but an admin."""
        headers = {"Authorization": f"Bearer {key}", "x-goog-api-key": key, **options.pop("headers", {})}
        with httpx.Client(base_url=self.up.urls["api"], headers=headers, trust_env=False, timeout=60) as client:
            answer = client.request(method, path, **options)
        if key != LONGWATCH_KEY:
            self.shown.append(f"{answer.headers}{answer.text}")
        if answer.is_error:
            self.errors.append(answer.text)
        return answer

    def post(self, kind: str, tools: Sequence[Any] = (TOOL,), **fields: Any) -> None:
        """Post a job whose prompt decides what becomes of it."""
        request = {"agent": RESEARCHER, "input": f"This one {kind}: {PROMPT}", "tools": list(tools)}
        body = {"request": request, "webhook_url": self.receiver.url, "watch": "stream", **fields}
        answer = self.ask("/v1/jobs", method="POST", json=body)
        assert answer.status_code == 202, answer.text
        self.jobs[kind] = answer.json()["id"]

    def job(self, kind: str) -> Any:
        return self.ask(f"/v1/jobs/{self.jobs[kind]}").json()

    def until(self, kind: str, statuses: set[str]) -> None:
        eventually(lambda: self.job(kind)["status"] in statuses, within=90)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house in which jobs with planted secrets and prompts have completed, failed, been refused, and wait."""
    data_dir = tmp_path_factory.mktemp("house") / "data"
    planted = {
        "LONGWATCH_API_KEY": LONGWATCH_KEY,
        "LONGWATCH_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "LONGWATCH_WEBHOOK_ALLOW": "127.0.0.0/8",
        "GEMINI_API_KEY": UPSTREAM_KEY,
        "LONGWATCH_LOG_LEVEL": "debug",
        "LONGWATCH_PUBLIC_URL": NOBODY,
        "LONGWATCH_PUSH_TOKEN": PUSH_TOKEN,
        "LONGWATCH_PUSH_SAFETY": "1",
        "LONGWATCH_POLL_FIRST": "0.3",
        "LONGWATCH_POLL_CAP": "1",
    }
    with (
        simulator_running() as simulator,
        Receiver(otherwise=Answer(500, body=b"no")) as receiver,
        up(data_dir, "--workers", "1", "--upstream", simulator.url, **planted) as running,
    ):
        simulator.script(*RULES)
        found = House(running, simulator, receiver)
        make_key(running)
        live(found)
        yield found


def make_key(running: Up) -> None:
    """Make a key that is no admin's, as the operator would who has its text already."""
    statement = """
    INSERT INTO api_key (id, project, name, key_hash)
    VALUES (gen_random_uuid(), 'default', 'plain', sha256(convert_to(%s, 'UTF8')))
    """
    with psycopg.connect(libpq(running.database_url)) as connection:
        connection.execute(statement, [PLAIN_KEY])


def live(house: House) -> None:
    for kind in ("completes", "fails", "is refused"):
        house.post(kind)
        house.until(kind, FINAL)
    house.post("goes without tools", tools=[{"type": "google_search"}])
    house.until("goes without tools", FINAL)
    house.post("is forbidden")
    eventually(lambda: house.job("is forbidden")["attention"], within=60)
    mistakes(house)
    assert house.receiver.wait_for(3, within=30)
    for job in house.jobs.values():
        for path in ("", "/result", "/result/raw", "/report.md", "/artifacts", "/deliveries"):
            house.ask(f"/v1/jobs/{job}{path}")
        house.ask(f"/v1/jobs/{job}/events", headers={"Accept": "application/json"})
        name = house.ask(f"/v1/jobs/{job}").json()["interaction_id"]
        for query in ("?include_input=true", "?stream=true"):
            if house.ask(f"/v1/jobs/{job}").json()["status"] in FINAL:
                house.ask(f"/v1beta/interactions/{name}{query}")
    for path in ("/v1/jobs", "/healthz", "/metrics"):
        house.ask(path)


def mistakes(house: House) -> None:
    """Make every kind of mistake that might be quoted."""
    wrong = [
        {"agent": RESEARCHER, "input": PROMPT, "tools": [{**TOOL, "headers": [TOKEN]}]},
        {"agent": RESEARCHER, "input": PROMPT, "tools": [{**TOOL, "url": [ADDRESS]}]},
        {"agent": RESEARCHER, "input": {"type": PROMPT}, "tools": [{**TOOL, "surplus": 1}], "tool_choice": 7},
    ]
    for request in wrong:
        assert house.ask("/v1/jobs", method="POST", json={"request": request}).status_code == 422
        house.ask("/v1beta/interactions", method="POST", json={**request, "background": True})
    address = f"https://user:{TOKEN}@receiver.example/"
    unsafe = {"request": {"agent": RESEARCHER, "input": PROMPT}, "webhook_url": address}
    assert house.ask("/v1/jobs", method="POST", json=unsafe).status_code == 422
    assert house.ask("/v1/jobs", method="POST", content=f'{{"{TOKEN} {PROMPT}').status_code == 400
    for key in (f"{LONGWATCH_KEY}-", f"wrong {TOKEN}"):
        assert house.ask("/v1/jobs", key=key).status_code == 401
    house.ask(f"/v1beta/interactions/none?key={LONGWATCH_KEY}")


def found(words: list[str], text: str) -> list[str]:
    return [f"{word}: …{text[max(0, text.index(word) - 200) :][:260]}…" for word in words if word in text]


def logs(house: House) -> str:
    files = sorted((house.up.data_dir / "logs").iterdir())
    assert files
    return house.up.program.shown + "".join(path.read_text(errors="replace") for path in files)


def test_the_house_has_seen_all_that_was_planted(house: House) -> None:
    assert [house.job(kind)["status"] for kind in house.jobs] == [
        "completed",
        "failed",
        "failed",
        "completed",
        "queued",
    ]
    assert "[secret]" in "".join(house.shown)
    assert "debug" in logs(house)
    raw = house.ask(f"/v1/jobs/{house.jobs['completes']}/result/raw", key=LONGWATCH_KEY)
    assert TOKEN in raw.text
    plain = house.ask(f"/v1/jobs/{house.jobs['goes without tools']}/result/raw", key=LONGWATCH_KEY)
    assert plain.json()["webhook_config"]["uris"] == [HOOK]


def test_no_secret_is_in_a_log(house: House) -> None:
    assert found(SECRETS, logs(house)) == []


def test_no_prompt_is_in_a_log(house: House) -> None:
    assert found([PROMPT], logs(house)) == []


def test_no_secret_is_in_what_the_api_shows_or_tells(house: House) -> None:
    told = [received.body.decode() for received in house.receiver.ledger]
    assert len(told) >= 3
    assert found(SECRETS, "".join([*house.shown, *told])) == []


def test_no_prompt_is_in_an_error(house: House) -> None:
    words = ("error", "attention", "queue_detail")
    reasons = [str(house.job(kind)[name]) for kind in house.jobs for name in words]
    told = [str(json.loads(received.body)["data"]["error"]) for received in house.receiver.ledger]
    assert len(house.errors) >= 8
    assert sum("Invalid input" in reason for reason in reasons) >= 4
    assert sum("Invalid input" in error for error in told) >= 2
    assert found([PROMPT], "".join([*house.errors, *reasons, *told]).lower()) == []


def test_neither_is_in_flower(house: House) -> None:
    flower = FlowerPages(house.up)
    with flower.http:
        flower.shows(house.jobs["fails"], "FAILURE")
        pages = ["/api/tasks", "/api/workers?refresh=true", *(f"/task/{job}" for job in house.jobs.values())]
        everything = "".join(flower.http.get(page).text for page in pages)
    assert house.jobs["completes"] in everything
    assert "Invalid input" in everything
    assert found([*SECRETS, PROMPT], everything) == []
    assert found([PROMPT], everything.lower()) == []


def test_no_secret_is_in_the_database(house: House) -> None:
    async def told() -> set[str]:
        engine = connect(house.up.database_url)
        try:
            return await telling(engine, [*SECRETS, PROMPT])
        finally:
            await engine.dispose()

    assert {place.partition(": ")[2] for place in asyncio.run(told())} == {PROMPT}


def test_no_secret_lies_open_on_the_disk(house: House) -> None:
    kept = {"api-key", "webhook-secret", "encryption-key", "flower-password", "run.json"}
    for path in (path for path in house.up.data_dir.rglob("*") if path.is_file() and path.name not in kept):
        assert found(SECRETS, readable(path)) == [], path


def readable(path: Path) -> str:
    if not os.access(path, os.R_OK):
        return ""
    return path.read_bytes().decode("latin-1")
