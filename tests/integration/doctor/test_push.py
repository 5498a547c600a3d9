"""Does the doctor see whether the upstream can tell of ends, is believed, and has told them lately?"""

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from longwatch.doctor.examination import examine
from longwatch.doctor.finding import Verdict
from longwatch.doctor.place import Place
from longwatch.doctor.push import address
from longwatch.settings import GEMINI_URL, Settings
from longwatch.store.engine import Engine
from tests.support.examined import KEY, a_place, but, found, is_wrong
from tests.support.live_api import LiveApi, live_api
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.pushes import SECRET, TOKEN
from tests.support.raw_server import RawServer, answer
from tests.support.store import advance, execute

pytestmark = pytest.mark.anyio

HERE = "http://127.0.0.1:1"
PUSHED = {"public_url": HERE, "push_token": TOKEN}
STATIC = {**PUSHED, "push": "static", "push_secrets": SECRET}
SEEN = """
INSERT INTO sighting (interaction_id, seen_by, lag_seconds, expected, pushed_at, push_idle)
VALUES (:id, 'poll', 0, true, CASE WHEN :told THEN lw_now() END, false)
"""


@pytest.fixture
def upstream() -> Iterator[LiveSimulator]:
    with simulator_running() as live:
        yield live


@pytest.fixture
async def api(database_url: str, upstream: LiveSimulator) -> AsyncIterator[LiveApi]:
    """An api that takes the upstream's webhooks."""
    async with live_api(database_url, upstream_url=upstream.url, **STATIC) as live:
        yield live


@pytest.fixture
def place(database_url: str, valkey_url: str, upstream: LiveSimulator, api: LiveApi) -> Place:
    """An installation with dynamic push, in order."""
    servers = {"database_url": database_url, "broker_url": valkey_url, "upstream_url": upstream.url}
    return a_place(**servers, api_url=str(api.client.base_url), settings=PUSHED)


def in_want_of(place: Place, **settings: Any) -> Place:
    return but(place, settings={**PUSHED, **settings})


async def checks(place: Place) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in await examine(place) if finding.check.startswith("push")}


async def test_push_in_order_is_well_and_costs_nothing(place: Place, upstream: LiveSimulator) -> None:
    assert await checks(place) == dict.fromkeys(["push", "push token", "push keys", "push so far"], Verdict.OK)
    assert upstream.ledger()["entries"] == []


async def test_push_that_is_off_is_well_and_nothing_else_is_looked_at(place: Place) -> None:
    assert await checks(in_want_of(place, push="off")) == {"push": Verdict.OK}


async def test_a_token_that_is_missing_is_wrong_but_for_the_one_that_up_keeps(place: Place, tmp_path: Path) -> None:
    without = in_want_of(place, push_token="", data_dir=tmp_path)
    await is_wrong(without, "push", remedy="openssl rand -hex 24")
    (tmp_path / "push-token").write_text(f"{TOKEN}\n")
    assert (await found(without, "push token")).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("http://127.0.0.1:8080", "known outside"),
        ("https://10.1.2.3", "known outside"),
        ("https://[::1]:8080", "known outside"),
        ("https://longwatch", "known outside"),
        ("https://jobs.localhost", "known outside"),
        ("http://jobs.example.com", "TLS"),
    ],
)
def test_an_address_that_the_upstream_cannot_or_should_not_use_is_wrong(url: str, remedy: str) -> None:
    finding = address(Settings(public_url=url, push_token=TOKEN), upstream=GEMINI_URL)
    assert (finding.verdict, url in finding.found, remedy in (finding.remedy or "")) == (Verdict.WRONG, True, True)
    assert address(Settings(public_url=url, push_token=TOKEN), upstream=HERE).verdict is Verdict.OK


@pytest.mark.parametrize("url", ["https://jobs.example.com", "https://jobs.example.com:8443/", "https://1.1.1.1"])
def test_an_address_that_is_known_outside_and_encrypted_is_well(url: str) -> None:
    assert address(Settings(public_url=url, push_token=TOKEN), upstream=GEMINI_URL).verdict is Verdict.OK


async def test_an_api_with_another_token_is_wrong_and_neither_token_is_told(place: Place) -> None:
    other = in_want_of(place, push_token=TOKEN[::-1])
    await is_wrong(other, "push token", remedy="the same LONGWATCH_PUSH_TOKEN")
    told = "".join(f"{finding.found}{finding.remedy}" for finding in await examine(other))
    assert TOKEN not in told
    assert TOKEN[::-1] not in told


async def test_an_upstream_without_a_key_set_is_wrong(place: Place) -> None:
    async with RawServer([answer({"keys": []})]) as server:
        await is_wrong(but(place, upstream_url=server.url, settings=PUSHED), "push keys", remedy="jwks.json")
    await is_wrong(but(place, upstream_url=HERE, settings=PUSHED), "push keys", remedy="jwks.json")


async def test_static_push_wants_its_secrets_and_an_endpoint_that_is_enabled(
    place: Place, upstream: LiveSimulator
) -> None:
    static = but(place, settings=STATIC)
    check = "push endpoint with key default"
    await is_wrong(static, check, remedy="longwatch hooks register")
    body = {"uri": f"{HERE}/hooks/gemini/{TOKEN}", "subscribed_events": ["interaction.completed"], "name": "ours"}
    made = upstream.http.post("/v1beta/webhooks", json=body).json()
    assert await checks(static) == dict.fromkeys(
        ["push", "push token", "push secrets", check, "push so far"], Verdict.OK
    )
    upstream.http.patch(f"/v1beta/webhooks/{made['id']}", json={"state": "disabled"})
    assert made["id"] in await is_wrong(static, check, remedy=f"longwatch hooks remove {made['id']}")
    bare = but(place, settings={**STATIC, "push_secrets": ""})
    assert (await found(bare, "push secrets")).verdict is Verdict.WARNING


async def test_an_upstream_that_does_not_tell_what_is_registered_is_strange(place: Place) -> None:
    there = but(place, upstream_url=HERE, settings={**STATIC, "upstream_keys": {"second": KEY}})
    finding = await found(there, "push endpoint with key second")
    assert (finding.verdict, "LONGWATCH_UPSTREAM_URL" in (finding.remedy or "")) == (Verdict.WARNING, True)


async def test_static_push_without_an_address_of_ours_is_strange(place: Place) -> None:
    nowhere = but(place, settings={**STATIC, "public_url": ""})
    assert await checks(nowhere) == {"push": Verdict.WARNING}


async def test_push_that_has_missed_endings_is_strange_and_says_how_many(place: Place, engine: Engine) -> None:
    for number in range(5):
        await execute(engine, SEEN, id=uuid.uuid4(), told=number == 0)
    assert "is relied on" in (await found(place, "push so far")).found
    await advance(engine, timedelta(minutes=2))
    finding = await found(place, "push so far")
    assert (finding.verdict, finding.found[:31]) == (Verdict.WARNING, "told 1 of the last 5 endings in")
    assert "longwatch_push_rejected_total" in (finding.remedy or "")
