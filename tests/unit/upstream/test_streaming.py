"""Is a stream read whole, however it is cut into pieces, and whatever stands between its events?"""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.upstream.streaming import Said, events

pytestmark = pytest.mark.anyio

STREAM = (
    b": hello\n\n"
    b'event: step.start\ndata: {"event_type": "step.start", "index": 0}\n\n'
    b'data: {"event_type": "step.delta", "index": 0, "event_id": "e1", "delta": {"text": "\xc3\xa9"}}\r\n\r\n'
    b"data: not json\n\n"
    b'data: {"no": "type"}\n\n'
    b'event: interaction.completed\ndata: {"event_type":\ndata: "interaction.completed"}\n\n'
    b"event: done\ndata: [DONE]\n\n"
    b'[{"error": {"code": 503}}]'
)


async def read(*chunks: bytes) -> list[Said]:
    async def source() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return [said async for said in events(source())]


async def test_its_events_are_read_and_nothing_else() -> None:
    said = await read(STREAM)
    assert [event.document["event_type"] for event in said] == ["step.start", "step.delta", "interaction.completed"]
    assert [event.event_id for event in said] == [None, "e1", None]
    assert [event.ends for event in said] == [False, False, True]
    assert said[1].document["delta"]["text"] == "é"


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_it_does_not_matter_where_it_is_cut(cuts: list[int]) -> None:
    import asyncio

    places = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[start:end] for start, end in pairwise(places)]
    assert asyncio.run(read(*chunks)) == asyncio.run(read(STREAM))
