"""Does the newest official SDK work with the door by another base URL alone?"""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai.types import HttpOptions, HttpRetryOptions

from tests.support.api import KEY
from tests.support.door import Doorway, followed, working
from tests.support.live_simulator import RESEARCHER

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Interactions usage is experimental"),
]

ASKED: dict[str, Any] = {"agent": RESEARCHER, "input": "The history of tea", "background": True}


@pytest.fixture
def sdk(door: Doorway) -> Iterator[genai.Client]:
    """The SDK at the door."""
    options = HttpOptions(base_url=str(door.client.base_url), retry_options=HttpRetryOptions(attempts=1))
    client = genai.Client(api_key=KEY, http_options=options)
    yield client
    client.close()


async def test_a_research_is_created_read_and_deleted(door: Doorway, sdk: genai.Client) -> None:
    def research() -> tuple[Any, Any]:
        created = sdk.interactions.create(**ASKED)
        found = created
        while found.status == "in_progress":
            found = sdk.interactions.get(created.id)
        return created, found

    async with working(door):
        created, found = await asyncio.to_thread(research)
    assert (found.id, found.status) == (created.id, "completed")
    assert found.output_text
    await asyncio.to_thread(sdk.interactions.delete, created.id)
    assert (await door.client.get(f"/v1/interactions/{created.id}")).status_code == 404


async def test_a_stream_is_read_and_taken_up_again(door: Doorway, database_url: str, sdk: genai.Client) -> None:
    def stream() -> tuple[list[Any], list[Any]]:
        events = list(sdk.interactions.create(**ASKED, stream=True))
        middle = events[len(events) // 2]
        rest = sdk.interactions.get(events[0].interaction.id, stream=True, last_event_id=middle.event_id)
        return events, list(rest)

    async with working(door), followed(door, database_url):
        events, rest = await asyncio.to_thread(stream)
    assert events[-1].event_type == "interaction.completed"
    assert [event.event_id for event in rest] == [event.event_id for event in events[len(events) // 2 + 1 :]]


async def test_a_conversation_in_the_foreground_goes_on(door: Doorway, sdk: genai.Client) -> None:
    def talk() -> Any:
        first = sdk.interactions.create(model="gemini-2.5-flash", input="My name is Phil.")
        return sdk.interactions.create(
            model="gemini-2.5-flash", input="What is my name?", previous_interaction_id=first.id
        )

    answer = await asyncio.to_thread(talk)
    assert "Phil" in answer.output_text
    assert (await door.read(answer.id))["status"] == "completed"


async def test_a_refusal_is_one_of_the_sdks_own_errors(sdk: genai.Client) -> None:
    with pytest.raises(Exception, match="no such interaction") as refused:
        await asyncio.to_thread(sdk.interactions.get, "int_" + "0" * 26)
    assert getattr(refused.value, "status_code", None) == 404
