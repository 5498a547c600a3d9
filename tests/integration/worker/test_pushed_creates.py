"""Does a create ask to be told of its end, and does such a word find the run of a create whose answer was lost?"""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from longwatch.domain import ids
from tests.support import pushes
from tests.support.house import House, house
from tests.support.live_simulator import LiveSimulator
from tests.support.pushes import SECRET, TOKEN, a_push, house_with_push, send
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

DROPPED = {"op": "create", "fault": {"kind": "accept_then_drop"}, "times": 1}
LASTING = {"life": {"run_seconds": 600}}
PRODUCERS = "https://producer.example/hook"
DYNAMIC = {"public_url": "https://jobs.example/", "push_token": TOKEN}
ADDRESS = f"https://jobs.example/hooks/gemini/{TOKEN}"
STATIC = {"push": "static", "push_token": TOKEN, "push_secrets": SECRET}


async def created_with(home: House, **request: Any) -> Any:
    """Create a job upstream and return the webhook_config that its create carried."""
    home.upstream.script(LASTING)
    job = await home.job(request=request)
    await home.running(job)
    return home.upstream.read((await home.interaction(job))["upstream_id"]).get("webhook_config")


async def asked(home: House) -> bool:
    [row] = await home.rows("SELECT push_asked FROM interaction")
    return bool(row["push_asked"])


async def test_a_create_asks_the_upstream_to_tell_us_and_names_job_interaction_and_attempt(
    database_url: str, upstream: LiveSimulator
) -> None:
    async with house(database_url, upstream, **DYNAMIC) as home:
        config = await created_with(home)
        [row] = await home.rows("SELECT id, job_id FROM interaction")
        assert config["uris"] == [ADDRESS]
        assert config["user_metadata"] == {
            "longwatch_job": ids.encode(ids.JOB, row["job_id"]),
            "longwatch_interaction": ids.encode(ids.INTERACTION, row["id"]),
            "longwatch_attempt": "1",
        }
        assert await asked(home)


async def test_a_producers_own_receivers_and_metadata_stay_beside_ours(
    database_url: str, upstream: LiveSimulator
) -> None:
    own = {"uris": [PRODUCERS], "user_metadata": {"ticket": 7}}
    async with house(database_url, upstream, **DYNAMIC) as home:
        config = await created_with(home, webhook_config=own)
        assert config["uris"] == [PRODUCERS, ADDRESS]
        assert config["user_metadata"]["ticket"] == 7
        assert await asked(home)


@pytest.mark.parametrize("settings", [{}, STATIC], ids=["off", "static"])
async def test_without_dynamic_push_a_create_goes_as_it_was_given(
    database_url: str, upstream: LiveSimulator, settings: dict[str, Any]
) -> None:
    own = {"uris": [PRODUCERS], "user_metadata": {"ticket": 7}}
    async with house(database_url, upstream, **settings) as home:
        assert await created_with(home, webhook_config=own) == own
        assert not await asked(home)


async def test_a_registered_endpoint_is_relied_on_for_creates_that_name_no_receivers(
    database_url: str, upstream: LiveSimulator
) -> None:
    async with house(database_url, upstream, **STATIC) as home:
        assert await created_with(home) is None
        assert await asked(home)


async def test_an_upstream_that_refuses_our_address_gets_the_create_once_more_without_it(
    database_url: str, upstream: LiveSimulator
) -> None:
    refusal = {"kind": "status", "status": 400, "message": "Invalid value for 'webhook_config.uris'."}
    async with house(database_url, upstream, **DYNAMIC) as home:
        upstream.script({"op": "create", "fault": refusal, "times": 1}, LASTING)
        first = await home.job()
        await home.running(first)
        second = await home.job("another")
        await home.running(second)
        found = [upstream.read((await home.interaction(job))["upstream_id"]) for job in (first, second)]
        assert [document.get("webhook_config") for document in found] == [None, None]
        assert len([entry for entry in upstream.entries("create") if entry["accepted"]]) == 2
        assert not any(row["push_asked"] for row in await home.rows("SELECT push_asked FROM interaction"))


@pytest.fixture
async def pushed(database_url: str, upstream: LiveSimulator) -> AsyncIterator[tuple[House, httpx.AsyncClient]]:
    """A house that the upstream reaches by the address in its creates."""
    async with house_with_push(database_url, upstream) as found:
        yield found


async def lost_create(home: House, *rules: dict[str, Any], **columns: Any) -> tuple[Any, str]:
    """Lose the answer to one accepted create; return the job and the upstream's id of the run."""
    home.upstream.script(DROPPED, *rules)
    job = await home.job(**columns)
    await home.pump()
    assert (await home.row(job))["attention_code"] == "submit_unknown"
    [run] = home.upstream.ledger()["interactions"]
    return job, run["id"]


async def metadata_of(home: House) -> dict[str, str]:
    [row] = await home.rows("SELECT id FROM interaction WHERE create_outcome IS DISTINCT FROM 'accepted' LIMIT 1")
    return {"longwatch_interaction": ids.encode(ids.INTERACTION, row["id"])}


async def test_a_lost_create_is_resolved_by_the_upstreams_own_word_on_its_end(
    pushed: tuple[House, httpx.AsyncClient],
) -> None:
    home, _ = pushed
    job, upstream_id = await lost_create(home, {"life": {"run_seconds": 300}})
    await home.later(290)
    assert (await home.row(job))["status"] == "submitting"
    await home.pass_time(20)
    await eventually_async(lambda: home.rows("SELECT FROM interaction WHERE candidate_upstream_id IS NOT NULL"))
    row = await home.ended(job, step=1)
    assert (row["status"], row["creates"], row["attention_code"]) == ("completed", 1, None)
    assert (await home.interaction(job))["upstream_id"] == upstream_id
    assert await home.events(job) == ["job.created", "job.attention", "job.started", "job.completed"]
    assert len(home.upstream.entries("create")) == 1


async def test_a_run_that_carries_another_label_is_not_taken_whatever_a_webhook_says(
    pushed: tuple[House, httpx.AsyncClient],
) -> None:
    home, client = pushed
    job, _ = await lost_create(home, LASTING)
    strangers = home.upstream.started("somebody else's", labels={"longwatch_interaction": "int_" + "0" * 26})
    await send(client, pushes.by_key(a_push(strangers, user_metadata=await metadata_of(home))))
    await home.pump()
    row = await home.interaction(job)
    assert (row["upstream_id"], row["candidate_upstream_id"], row["due_at"]) == (None, None, None)
    assert (await home.row(job))["status"] == "submitting"


async def test_a_run_that_our_key_does_not_see_is_given_up_after_some_tries(
    pushed: tuple[House, httpx.AsyncClient],
) -> None:
    home, client = pushed
    job, _ = await lost_create(home, LASTING)
    await send(client, pushes.by_key(a_push("v1_unseen", user_metadata=await metadata_of(home))))
    for _ in range(7):
        await home.later(60)
    row = await home.interaction(job)
    assert (row["upstream_id"], row["candidate_upstream_id"], row["due_at"]) == (None, None, None)


async def test_an_upstream_that_fails_meanwhile_only_delays_it(pushed: tuple[House, httpx.AsyncClient]) -> None:
    home, client = pushed
    job, upstream_id = await lost_create(home, LASTING)
    home.upstream.script({"op": "get", "fault": {"kind": "status", "status": 503}, "times": 3})
    await send(client, pushes.by_key(a_push(upstream_id, user_metadata=await metadata_of(home))))
    await home.running(job)
    assert (await home.interaction(job))["upstream_id"] == upstream_id


async def test_a_word_that_overtakes_the_answer_waits_for_it(pushed: tuple[House, httpx.AsyncClient]) -> None:
    home, client = pushed
    home.upstream.script(LASTING, {"op": "create", "fault": {"kind": "slow", "seconds": 1}})
    job = await home.job()
    creating = home.runtime.spawn(home.pump(), name="a create under way")
    [row] = await eventually_async(lambda: home.rows("SELECT id FROM interaction"))
    runs = await eventually_async(lambda: _runs(home))
    metadata = {"longwatch_interaction": ids.encode(ids.INTERACTION, row["id"])}
    await send(client, pushes.by_key(a_push(runs[0]["id"], user_metadata=metadata)))
    await home.pump()
    assert (await home.interaction(job))["upstream_id"] is None
    await creating
    await home.later(6)
    row = await home.interaction(job)
    assert (row["upstream_id"], row["candidate_upstream_id"]) == (runs[0]["id"], None)
    assert (await home.row(job))["creates"] == 1
    assert len(await home.rows("SELECT FROM interaction")) == 1


async def _runs(home: House) -> list[Any]:
    found: list[Any] = home.upstream.ledger()["interactions"]
    return found


async def test_after_the_decision_the_run_is_an_orphan_and_never_a_second_result(
    pushed: tuple[House, httpx.AsyncClient],
) -> None:
    home, client = pushed
    job, upstream_id = await lost_create(home, LASTING)
    metadata = await metadata_of(home)
    await home.resolve(job, "fail")
    await send(client, pushes.by_key(a_push(upstream_id, user_metadata=metadata)))
    for _ in range(4):
        await home.later(5)
    [row] = await home.rows("SELECT role, upstream_id, cancel_sent_at FROM interaction")
    assert (row["role"], row["upstream_id"]) == ("orphan", upstream_id)
    assert row["cancel_sent_at"] is not None
    assert (await home.row(job))["status"] == "failed"
    assert (await home.events(job))[-1] == "job.failed"


@pytest.mark.parametrize(("policy", "minutes"), [("resubmit", 70), ("fail", 70), ("hold", 70 + 24 * 60)])
async def test_push_is_waited_for_as_long_as_a_run_may_last_before_the_policy_decides(
    pushed: tuple[House, httpx.AsyncClient], policy: str, minutes: int
) -> None:
    home, _ = pushed
    job, _ = await lost_create(home, {"op": "webhook", "fault": {"kind": "lose"}}, on_unknown_submit=policy)
    await home.later(60 * (minutes - 1))
    assert (await home.row(job))["status"] == "submitting"
    await home.later(60 * 2)
    assert "job.resolved" in await home.events(job)


async def test_nothing_is_waited_for_where_the_create_did_not_ask(database_url: str, upstream: LiveSimulator) -> None:
    async with house(database_url, upstream, **STATIC) as home:
        job, _ = await lost_create(home, on_unknown_submit="fail")
        assert (await home.ended(job, step=1))["error"]["code"] == "submit_unknown"
        assert await home.rows("SELECT FROM job WHERE finished_at < created_at + interval '1 min'")
