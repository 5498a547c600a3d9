"""Is a run that reached one call's limit, and was carried on by another, one interaction to whoever asked for it?"""

from typing import Any

import pytest

from tests.support.door import Doorway, followed, types, working
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio


def texts(steps: list[dict[str, Any]]) -> list[str]:
    said = [step for step in steps if step["type"] == "model_output"]
    return [item["text"] for step in said for item in step["content"] if item["type"] == "text"]


async def test_it_is_read_and_streamed_whole_under_the_first_id(door: Doorway, database_url: str) -> None:
    door.home.upstream.script({"match": {"nth": 1}, "life": {"ending": "requires_continuation", "run_seconds": 200}})
    body = {"model": "gemini-2.5-flash", "input": "Explain the tides at length.", "background": True}
    created = (await door.client.post("/v1/interactions", json=body)).json()

    async def over() -> dict[str, Any] | None:
        found = await door.read(created["id"])
        return found if found["status"] != "in_progress" else None

    async with working(door), followed(door, database_url):
        live = await door.stream(created["id"])
        found = await eventually_async(over, within=40)
    assert found is not None
    assert (found["id"], found["status"]) == (created["id"], "completed")
    runs = await door.home.rows("SELECT upstream_status FROM interaction ORDER BY id")
    assert [run["upstream_status"] for run in runs] == ["requires_continuation", "completed"]
    raws = await door.home.rows("SELECT text FROM result ORDER BY interaction_id")
    assert len(raws) == 2
    assert [step["type"] for step in found["steps"]].count("user_input") == 1
    assert len(texts(found["steps"])) >= 2
    deltas = [event["delta"] for event in live if event["event_type"] == "step.delta"]
    told = "".join(delta["text"] for delta in deltas if delta["type"] == "text")
    assert told == "".join(texts(found["steps"]))
    assert types(live)[-2:] == ["interaction.completed", "done"]
    assert await door.stream(created["id"]) == live
