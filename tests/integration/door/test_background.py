"""Is a background interaction a job that is read from our database alone, in either revision?"""

import json
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from longwatch.store.deleting import delete
from tests.support.api import KEY, another_key
from tests.support.door import LEGACY, Doorway, working
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-ours-0123456789"


async def ended(door: Doorway, interaction_id: str) -> dict[str, Any]:
    async def over() -> dict[str, Any] | None:
        found = await door.read(interaction_id)
        return found if found["status"] != "in_progress" else None

    found = await eventually_async(over, within=40)
    assert found is not None
    return found


async def test_it_is_answered_at_once_and_completes_under_our_id(door: Doorway) -> None:
    created = await door.create()
    assert created["status"] == "in_progress"
    assert created["id"].startswith("int_")
    assert "steps" not in created
    async with working(door):
        found = await ended(door, created["id"])
    assert (found["id"], found["status"]) == (created["id"], "completed")
    kinds = [step["type"] for step in found["steps"]]
    assert (kinds[0], kinds[-1]) == ("user_input", "model_output")
    assert found["usage"]["total_tokens"] > 0
    assert "labels" not in found
    [entry] = door.home.upstream.entries("create")
    assert entry["accepted"]


async def test_it_is_read_in_the_revision_that_is_asked_for_when_the_upstream_is_gone(door: Doorway) -> None:
    created = await door.create()
    async with working(door):
        current = await ended(door, created["id"])
    door.home.upstream.reset()
    legacy = await door.read(created["id"], headers=LEGACY)
    said = [step for step in current["steps"] if step["type"] == "model_output"]
    texts = [item["text"] for step in said for item in step["content"] if item["type"] == "text"]
    assert [item["text"] for item in legacy["outputs"] if item["type"] == "text"] == texts
    assert (legacy["role"], "steps" in legacy) == ("agent", False)
    assert legacy["usage"]["total_thought_tokens"] == current["usage"]["total_thought_tokens"]


async def test_while_it_runs_it_shows_its_input_and_what_it_thinks(door: Doorway) -> None:
    door.home.upstream.life(run_seconds=4000)
    created = await door.create("Roses")

    async def thinking() -> Any:
        steps = (await door.read(created["id"]))["steps"]
        return steps if len(steps) > 1 else None

    async with working(door):
        steps = await eventually_async(thinking, within=30)
    assert steps[0] == {"type": "user_input", "content": [{"type": "text", "text": "Roses"}]}
    assert steps[1]["type"] == "thought"
    assert steps[1]["summary"][0]["text"]
    shown = await door.read(created["id"], "?include_input=true&stream=false")
    assert shown["input"] == "Roses"


async def test_the_upstreams_id_is_taken_and_never_shown(door: Doorway) -> None:
    created = await door.create()
    async with working(door):
        await ended(door, created["id"])
    [entry] = door.home.upstream.entries("create")
    assert await door.read(entry["id"]) == await door.read(created["id"])
    assert entry["id"] not in json.dumps(await door.read(entry["id"]))


async def test_a_follow_up_may_name_ours_and_shows_ours(door: Doorway) -> None:
    first = await door.create()
    async with working(door):
        await ended(door, first["id"])
        second = await door.create("And in China?", previous_interaction_id=first["id"])
        found = await ended(door, second["id"])
    assert found["previous_interaction_id"] == second["previous_interaction_id"] == first["id"]
    assert found["status"] == "completed"


async def test_cancel_stops_it_here_and_upstream(door: Doorway) -> None:
    door.home.upstream.life(run_seconds=100_000)
    created = await door.create()
    async with working(door):
        await eventually_async(lambda: _accepted(door), within=20)
        response = await door.client.post(f"/v1beta/interactions/{created['id']}/cancel")
        assert response.status_code == 200
        found = await ended(door, created["id"])
    assert found["status"] == "cancelled"
    assert door.home.upstream.entries("cancel")
    again = await door.client.post(f"/v1beta/interactions/{created['id']}/cancel")
    assert again.json()["status"] == "cancelled"


async def _accepted(door: Doorway) -> bool:
    return [job["status"] for job in (await door.api.client.get("/v1/jobs")).json()["items"]] == ["in_progress"]


async def test_cancelling_what_has_ended_is_refused_without_a_retry(door: Doorway) -> None:
    created = await door.create()
    async with working(door):
        await ended(door, created["id"])
    response = await door.client.post(f"/v1beta/interactions/{created['id']}/cancel")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "failed_precondition")


async def test_deleted_it_is_gone_here_and_upstream(door: Doorway) -> None:
    created = await door.create()
    async with working(door):
        await ended(door, created["id"])
        response = await door.client.delete(f"/v1beta/interactions/{created['id']}")
        assert (response.status_code, response.json()) == (200, {})
        await eventually_async(lambda: _deleted(door), within=20)
    gone = await door.client.get(f"/v1beta/interactions/{created['id']}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "not_found")


async def _deleted(door: Doorway) -> bool:
    return bool(door.home.upstream.entries("delete"))


async def test_a_run_that_outlives_its_deadline_is_failed_with_the_reason(door: Doorway) -> None:
    door.home.upstream.life(run_seconds=1_000_000)
    created = await door.create()
    async with working(door):
        await eventually_async(lambda: _accepted(door), within=20)
        await door.home.pass_time(6000)
        found = await ended(door, created["id"])
    assert found["status"] == "failed"
    assert found["errors"][0]["code"] == "expired"


async def test_a_refused_create_is_failed_with_the_upstreams_words(door: Doorway) -> None:
    door.home.upstream.fault("create", "status", status=400, message="No such agent.")
    created = await door.create()
    async with working(door):
        found = await ended(door, created["id"])
    assert (found["status"], found["errors"][0]["message"]) == ("failed", "No such agent.")


@pytest.mark.parametrize("path", ["/v1/interactions", "/v1beta/interactions"])
async def test_both_prefixes_lead_in(door: Doorway, path: str) -> None:
    body = {"agent": "deep-research-preview-04-2026", "input": "Tea", "background": True}
    created = (await door.client.post(path, json=body)).json()
    assert (await door.client.get(f"{path}/{created['id']}?stream=false")).json()["id"] == created["id"]


@pytest.mark.parametrize(
    "way",
    [{"headers": {"x-goog-api-key": KEY}}, {"params": {"key": KEY}}, {"headers": {"Authorization": f"Bearer {KEY}"}}],
)
async def test_the_key_is_a_longwatch_key_however_it_comes(door: Doorway, way: dict[str, Any]) -> None:
    async with httpx.AsyncClient(base_url=door.client.base_url) as stranger:
        known = await stranger.get("/v1/interactions/int_0", **way)
        assert (known.status_code, known.json()["error"]["code"]) == (404, "not_found")
        refused = await stranger.get("/v1/interactions/int_0", headers={"x-goog-api-key": "wrong"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "authentication")


async def test_another_projects_interaction_is_not_there(door: Doorway) -> None:
    created = await door.create()
    await another_key(door.home.runtime.engine, project="other", key="other-key")
    response = await door.client.get(f"/v1/interactions/{created['id']}", headers={"x-goog-api-key": "other-key"})
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("fields", "code", "named"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"store": False}, "invalid_request", "store"),
        ({"input": [{"role": "system", "content": "x"}]}, "invalid_request", "role"),
        ({"model": "gemini-2.5-flash"}, "invalid_request", "agent"),
        ({"background": "yes"}, "invalid_request", "background"),
    ],
)
async def test_what_cannot_be_run_is_refused_as_the_upstream_does(
    door: Doorway, fields: dict[str, Any], code: str, named: str
) -> None:
    response = await door.asked(**fields)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert f"'{named}" in response.json()["error"]["message"] or named in response.json()["error"]["message"]


async def test_legacy_turns_reach_the_upstream_as_steps(door: Doorway) -> None:
    turns = [
        {"role": "user", "content": "Roses"},
        {"role": "model", "content": "Red"},
        {"role": "user", "content": "Why?"},
    ]
    created = await door.create(input=turns, headers=LEGACY)
    async with working(door):
        found = await ended(door, created["id"])
    assert [step["type"] for step in found["steps"][:3]] == ["user_input", "model_output", "user_input"]


async def test_who_is_told_of_the_end_comes_back_and_our_own_address_does_not(door: Doorway) -> None:
    own = {"uris": ["http://127.0.0.1:9/hook"], "user_metadata": {"ticket": 7}}
    pushed = {"public_url": "http://127.0.0.1:9", "push_token": SecretStr(TOKEN)}
    door.home.runtime.settings = door.home.runtime.settings.model_copy(update=pushed)
    first, second = await door.create(webhook_config=own), await door.create("The history of coffee")
    async with working(door):
        shown = [(await ended(door, created["id"])).get("webhook_config") for created in (first, second)]
    assert shown == [own, None]
    [row] = await door.home.rows(
        "SELECT count(*) AS carried FROM result WHERE position(convert_to(:token, 'UTF8') IN raw) > 0", token=TOKEN
    )
    assert row["carried"] == 2


async def test_labels_come_back_and_ours_do_not(door: Doorway) -> None:
    created = await door.create(labels={"team": "garden"})
    assert created["labels"] == {"team": "garden"}
    async with working(door):
        found = await ended(door, created["id"])
    assert found["labels"] == {"team": "garden"}


@pytest.mark.parametrize("name", ["int_00000000000000000000000000", "int_nothing"])
async def test_what_follows_nothing_of_ours_is_refused(door: Doorway, name: str) -> None:
    response = await door.asked(previous_interaction_id=name)
    assert response.status_code in {400, 404}
    assert await door.home.rows("SELECT id FROM job") == []


async def test_it_may_follow_a_run_that_was_made_before_longwatch_came(door: Doorway) -> None:
    body = {"model": "gemini-2.5-flash", "input": "I care about the port of Cuxhaven."}
    before = door.home.upstream.http.post("/v1beta/interactions", json=body, headers={"x-goog-api-key": "a-key"})
    named = before.raise_for_status().json()["id"]
    created = await door.create("Report on what I said I care about.", previous_interaction_id=named)
    async with working(door):
        found = await ended(door, created["id"])
    assert (found["status"], found["previous_interaction_id"]) == ("completed", named)
    assert "Cuxhaven" in json.dumps(found["steps"])


async def test_what_follows_nothing_of_the_upstreams_fails_by_name(door: Doorway) -> None:
    created = await door.create(previous_interaction_id="v1_nothing")
    async with working(door):
        found = await ended(door, created["id"])
    assert found["status"] == "failed"
    assert "v1_nothing" in found["errors"][0]["message"]


async def test_what_rides_along_in_headers_is_kept_with_the_job(door: Doorway) -> None:
    headers = {"X-Longwatch-Webhook-Url": "http://127.0.0.1:9/hook", "X-Longwatch-Metadata": '{"ticket": 7}'}
    await door.create(headers=headers)
    [job] = (await door.api.client.get("/v1/jobs")).json()["items"]
    assert (job["webhook_url"], job["metadata"]) == ("http://127.0.0.1:9/hook", {"ticket": 7})


async def test_one_id_is_answered_by_both_doors(door: Doorway) -> None:
    created = await door.create()
    [job] = (await door.api.client.get("/v1/jobs")).json()["items"]
    assert job["interaction_id"] == created["id"]
    async with working(door):
        await ended(door, created["id"])
    assert (await door.api.client.get(f"/v1/jobs/{job['id']}")).json()["interaction_id"] == created["id"]


async def test_webhooks_are_not_managed_here_and_that_is_said(door: Doorway) -> None:
    for call in (door.client.get("/v1/webhooks"), door.client.post("/v1beta/webhooks/x:ping")):
        response = await call
        assert (response.status_code, response.json()["error"]["code"]) == (501, "unimplemented")
        assert "X-Longwatch-Webhook-Url" in response.json()["error"]["message"]


async def test_a_tombstone_is_no_interaction(door: Doorway) -> None:
    created = await door.create()
    [row] = await door.home.rows("SELECT id FROM job")
    async with door.home.runtime.engine.begin() as tx:
        await delete(tx, "default", row["id"])
    assert (await door.client.get(f"/v1/interactions/{created['id']}")).status_code == 404
