"""What does the path of the upstream's webhooks take, and what does the rest cost?"""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from api.hooks import LARGEST
from api.inbox import REASONS
from longwatch.domain import ids
from longwatch.store.engine import Engine
from longwatch.upstream.keyset import PATH as KEY_SET
from tests.support import pushes
from tests.support.api import Api, api_over
from tests.support.live_simulator import LiveSimulator, simulator_running
from tests.support.pushes import NOBODYS, SECRET, TOKEN, Signed, a_push, send
from tests.support.raw_server import RawServer, answer, say_and_close
from tests.support.store import (
    a_running_interaction,
    an_intent,
    claim_interaction,
    execute,
    interaction_row,
    lose,
    read,
)

pytestmark = pytest.mark.anyio

SWITCHED_ON = {"push": "static", "push_token": TOKEN, "push_secrets": SECRET}
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJnb29nbGUifQ.c2lnbmF0dXJl"


@pytest.fixture(scope="module")
def simulator() -> Iterator[LiveSimulator]:
    with simulator_running() as live:
        yield live


@pytest.fixture
async def api(database_url: str, simulator: LiveSimulator) -> AsyncIterator[Api]:
    async with api_over(database_url, upstream_url=simulator.url, **SWITCHED_ON) as running:
        yield running


async def counted(api: Api, name: str) -> dict[str, float]:
    """Return the counters of *name* that are not 0, by their label."""
    text = (await api.client.get("/metrics")).text
    found = re.findall(rf'^longwatch_push_{name}_total{{\w+="(\w+)"}} (\S+)$', text, re.MULTILINE)
    return {label: float(value) for label, value in found if float(value)}


async def resting(engine: Engine, **columns: Any) -> Any:
    """Store a running interaction whose next read is an hour away."""
    running = await a_running_interaction(engine, **columns)
    statement = "UPDATE interaction SET due_at = lw_now() + interval '1 h' WHERE id = :id"
    await execute(engine, statement, id=running.interaction_id)
    return running


async def due(engine: Engine, interaction_id: Any) -> bool:
    statement = "SELECT coalesce(due_at <= lw_now(), false) AS due FROM interaction WHERE id = :id"
    return bool((await read(engine, statement, id=interaction_id))[0]["due"])


@pytest.mark.parametrize("sign", [pushes.by_secret, pushes.by_key])
async def test_a_valid_webhook_makes_its_run_due_and_changes_nothing_else(api: Api, engine: Engine, sign: Any) -> None:
    running = await resting(engine)
    before = dict(await interaction_row(engine, running.interaction_id))
    refusal = await send(api.client, sign(a_push(running.upstream_id)))
    assert (refusal.status_code, refusal.content) == (204, b"")
    after = dict(await interaction_row(engine, running.interaction_id))
    assert await due(engine, running.interaction_id)
    assert {name for name in after if after[name] != before[name]} == {"due_at", "wake", "pushed_at"}
    assert await counted(api, "received") == {"woken": 1}


async def test_a_webhook_during_a_lease_leaves_the_lease_alone_and_asks_for_another_read(
    api: Api, engine: Engine
) -> None:
    running = await resting(engine)
    row = await claim_interaction(engine, running.interaction_id)
    await send(api.client, pushes.by_secret(a_push(running.upstream_id)))
    assert not await due(engine, running.interaction_id)
    assert (await interaction_row(engine, running.interaction_id))["wake"] == row.held.wake + 1


async def test_a_webhook_of_a_run_that_nobody_knows_is_answered_all_the_same(api: Api) -> None:
    assert (await send(api.client, pushes.by_key(a_push("v1_of_somebody_else")))).status_code == 204
    assert await counted(api, "received") == {"unknown": 1}


@pytest.mark.parametrize("body", [b'{"type":"ping","version":"v1","data":{}}', b'{"type":"batch.succeeded"}'])
async def test_what_speaks_of_no_run_is_answered_and_ignored(api: Api, body: bytes) -> None:
    assert (await send(api.client, pushes.by_secret(body))).status_code == 204
    assert await counted(api, "received") == {"ignored": 1}


async def test_the_same_webhook_again_wakes_nothing(api: Api, engine: Engine) -> None:
    running = await resting(engine)
    push = pushes.by_secret(a_push(running.upstream_id))
    for _ in range(3):
        assert (await send(api.client, push)).status_code == 204
    assert (await interaction_row(engine, running.interaction_id))["wake"] == 2  # its answer's, and one
    assert await counted(api, "received") == {"woken": 1, "repeated": 2}


async def test_a_lost_create_that_the_metadata_names_gets_a_candidate_and_no_id(api: Api, engine: Engine) -> None:
    lost = await an_intent(engine)
    await lose(engine, lost.intent)
    metadata = {"longwatch_interaction": ids.encode(ids.INTERACTION, lost.interaction_id)}
    await send(api.client, pushes.by_key(a_push("v1_found", user_metadata=metadata)))
    row = await interaction_row(engine, lost.interaction_id)
    assert (row["candidate_upstream_id"], row["upstream_id"], row["create_outcome"]) == ("v1_found", None, "unknown")
    assert await due(engine, lost.interaction_id)
    assert await counted(api, "received") == {"candidate": 1}


async def test_metadata_that_names_a_run_with_an_id_of_its_own_is_no_candidate(api: Api, engine: Engine) -> None:
    running = await resting(engine)
    metadata = {"longwatch_interaction": ids.encode(ids.INTERACTION, running.interaction_id)}
    await send(api.client, pushes.by_key(a_push("v1_other", user_metadata=metadata)))
    assert not await due(engine, running.interaction_id)
    assert await counted(api, "received") == {"unknown": 1}


def forged(body: bytes) -> dict[str, tuple[Signed, int]]:
    """Return every kind of webhook that is not the upstream's, by why, with the answer that it gets."""
    good = pushes.by_secret(body)
    return {
        "signature": (pushes.by_key(body, NOBODYS), 401),
        "stale": (pushes.by_secret(body, sent_at=pushes.real_now() - 301), 401),
        "unsigned": (Signed(body, good.id, good.sent_at, "v9,AAAA"), 401),
        "jwt": (Signed(body, good.id, good.sent_at, JWT), 401),
        "malformed": (pushes.by_secret(b"no JSON"), 400),
        "too_large": (pushes.by_secret(body + b" " * LARGEST), 413),
    }


@pytest.mark.parametrize("reason", ["signature", "stale", "unsigned", "jwt", "malformed", "too_large"])
async def test_what_is_not_the_upstreams_is_refused_counted_and_writes_nothing(
    api: Api, engine: Engine, reason: str
) -> None:
    running = await resting(engine)
    before = dict(await interaction_row(engine, running.interaction_id))
    push, status = forged(a_push(running.upstream_id))[reason]
    refusal = await send(api.client, push)
    assert (refusal.status_code, refusal.headers["content-type"]) == (status, "application/problem+json")
    assert dict(await interaction_row(engine, running.interaction_id)) == before
    assert await counted(api, "rejected") == {reason: 1}
    assert await counted(api, "received") == {}


async def test_a_wrong_token_is_a_path_that_is_not_there(api: Api) -> None:
    refusal = await send(api.client, pushes.by_secret(a_push("v1_a")), path="/hooks/gemini/not-the-token")
    assert (refusal.status_code, refusal.json()["type"]) == (404, "/problems/not-found")
    assert await counted(api, "rejected") == {"path": 1}


async def test_without_push_no_token_opens_the_path(database_url: str) -> None:
    async with api_over(database_url, push_token=TOKEN) as api:
        assert (await send(api.client, pushes.by_secret(a_push("v1_a")))).status_code == 404


async def test_what_is_refused_needs_neither_database_nor_upstream() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    async with (
        RawServer([answer({"keys": []})]) as server,
        api_over(nowhere, upstream_url=server.url, **SWITCHED_ON) as api,
    ):
        for push, status in [*forged(a_push("v1_a")).values()][1:]:
            assert (await send(api.client, push)).status_code == status
        assert server.requests == []


async def test_a_webhook_that_the_database_could_not_take_is_taken_when_it_comes_again() -> None:
    async with api_over("postgresql://nobody@127.0.0.1:1/nothing", **SWITCHED_ON) as api:
        push = pushes.by_secret(a_push("v1_a"))
        assert [(await send(api.client, push)).status_code for _ in range(2)] == [503, 503]


async def test_forgeries_make_the_key_set_be_asked_for_once_a_minute_at_most(
    database_url: str, simulator: LiveSimulator
) -> None:
    keys = simulator.http.get(KEY_SET).json()
    async with (
        RawServer([answer(keys)]) as server,
        api_over(database_url, upstream_url=server.url, **SWITCHED_ON) as api,
    ):
        for number in range(20):
            forgery = pushes.by_key(a_push("v1_a"), NOBODYS, webhook_id=f"msg_{number}")
            assert (await send(api.client, forgery)).status_code == 401
        assert (await send(api.client, pushes.by_key(a_push("v1_a")))).status_code == 204
        assert [request.target for request in server.requests] == [KEY_SET]


async def test_a_key_set_that_cannot_be_read_has_the_webhook_sent_again(database_url: str) -> None:
    async with (
        RawServer([say_and_close(b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n")]) as server,
        api_over(database_url, upstream_url=server.url, **SWITCHED_ON) as api,
    ):
        refusal = await send(api.client, pushes.by_key(a_push("v1_a")))
        assert (refusal.status_code, "retry-after" in refusal.headers) == (503, True)
        assert await counted(api, "rejected") == {"keys_away": 1}


async def test_a_late_webhook_is_noted_where_the_end_was_seen_and_wakes_nothing(api: Api, engine: Engine) -> None:
    running = await resting(engine)
    ended = "UPDATE interaction SET ended_at = lw_now(), due_at = NULL WHERE id = :id"
    seen = "INSERT INTO sighting (interaction_id, seen_by, expected, push_idle) VALUES (:id, 'poll', true, false)"
    for statement in (ended, seen):
        await execute(engine, statement, id=running.interaction_id)
    await send(api.client, pushes.by_secret(a_push(running.upstream_id)))
    assert not await due(engine, running.interaction_id)
    assert (await read(engine, "SELECT pushed_at FROM sighting"))[0]["pushed_at"] is not None
    assert await counted(api, "received") == {"late": 1}


def test_every_reason_is_provoked_here() -> None:
    assert set(forged(b"")) | {"path", "keys_away"} == set(REASONS)


async def test_the_token_stays_out_of_the_log(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    await send(api.client, pushes.by_secret(a_push("v1_a")))
    logged = capsys.readouterr()
    assert "/hooks/gemini/***" in logged.out + logged.err
    assert TOKEN not in logged.out + logged.err
