"""Does a delete erase a job's prompt and result from every column of every table that there is?"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.door.test_files import started
from tests.integration.door.test_turns import WEATHER, ended, result_for
from tests.support.door import Doorway, followed, working
from tests.support.receiver import Answer, Receiver
from tests.support.store import read
from tests.support.telltale import filled, tables_about_jobs, telling
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.anyio

ASKED = "wombat-in-the-prompt"
ORDERED = "quokka-in-the-system-instruction"
ANSWERED = "bilby-in-the-function-result"
NAMED = "numbat-in-the-file-name"
NOTED = "dunnart-in-the-metadata"
ECHOED = "potoroo-in-the-receivers-answer"
# Ids and clocks only: who saw an end first, and over which job a pass was made.
WORDLESS = {"reparse", "sighting"}
PLANTED = {ASKED, ORDERED, ANSWERED, NAMED, NOTED, ECHOED}


@dataclass(frozen=True, slots=True)
class Told:
    """A job that has ended with all that a job can have, and the words by which its result is known."""

    id: str
    words: set[str]


async def uploaded(door: Doorway) -> str:
    meta = {"file": {"mime_type": "text/plain", "display_name": NAMED}}
    start = await door.client.post("/upload/v1beta/files", json=meta, headers=started(5))
    headers = {"X-Goog-Upload-Command": "upload, finalize", "X-Goog-Upload-Offset": "0"}
    done = await door.client.post(start.headers["X-Goog-Upload-URL"], content=b"roses", headers=headers)
    return str(done.json()["file"]["uri"])


async def asked(door: Doorway, receiver: Receiver) -> dict[str, Any]:
    """Ask, for a stream, for what has to be asked back."""
    prompt = f"What is the weather in Paris, for the {ASKED}?"
    document = {"type": "document", "mime_type": "text/plain", "uri": await uploaded(door)}
    body = {
        "model": "gemini-3-pro-image-preview",
        "background": True,
        "input": [{"type": "text", "text": prompt}, document],
        "system_instruction": ORDERED,
        "tools": [WEATHER],
        "response_modalities": ["text", "image"],
    }
    headers = {"X-Longwatch-Metadata": json.dumps({"note": NOTED}), "X-Longwatch-Webhook-Url": receiver.url}
    response = await door.client.post("/v1/interactions", json=body, headers=headers)
    assert response.status_code == 200, response.text
    first = await ended(door, response.json()["id"])
    await door.stream(first["id"])
    return first


async def told(door: Doorway, receiver: Receiver) -> Told:
    first = await asked(door, receiver)
    given = result_for(first, f"Sunny, says the {ANSWERED}.")
    second = await door.client.post(
        "/v1/interactions",
        json={
            "model": "gemini-3-pro-image-preview",
            "input": given,
            "background": True,
            "tools": [WEATHER],
            "previous_interaction_id": first["id"],
        },
    )
    await door.stream(second.json()["id"])
    [job] = (await door.api.client.get("/v1/jobs")).json()["items"]
    result = (await door.api.client.get(f"/v1/jobs/{job['id']}/result")).json()
    return Told(job["id"], {line[:40] for line in result["text"].splitlines() if line.strip()})


async def delivered(door: Doorway) -> bool:
    return bool(await read(door.home.runtime.engine, "SELECT FROM delivery_attempt"))


async def test_a_delete_leaves_no_word_of_prompt_or_result_anywhere(door: Doorway, database_url: str) -> None:
    engine = door.home.runtime.engine
    with Receiver(otherwise=Answer(200, body=ECHOED.encode())) as receiver:
        async with working(door), followed(door, database_url):
            job = await told(door, receiver)
            await eventually_async(lambda: delivered(door))
            about = await tables_about_jobs(engine) - WORDLESS
            assert await filled(engine, about) == about, "every table that knows of jobs must know of this one"
            before = await telling(engine, PLANTED | job.words)
            assert {place.partition(": ")[2] for place in before} == PLANTED | job.words
            deleted = await door.api.client.delete(f"/v1/jobs/{job.id}")
            assert deleted.status_code == 202
            assert await telling(engine, PLANTED | job.words) == set()
