import json
from typing import Any

import pytest

from longwatch.demo.calls import calling
from longwatch.demo.failure import DemoError
from longwatch.demo.sse import Event
from tests.support.raw_server import Behaviour, RawServer, answer, reset, say_and_close

pytestmark = pytest.mark.anyio

CLOSING = "event: end\ndata: {}\n\n"


def told(sequence: int) -> str:
    return f"id: {sequence}\nevent: job.progress\ndata: {json.dumps({'data': {'text': f'thought {sequence}'}})}\n\n"


def stream(*events: str) -> Behaviour:
    """A stream that says *events* and breaks off."""
    head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    text = "".join(events)
    return say_and_close(f"{head}{len(text.encode()):x}\r\n{text}\r\n".encode())


async def followed(*behaviours: Behaviour) -> tuple[list[Event], list[str]]:
    """Follow a job on a server of *behaviours*; return its events and the paths that were asked for."""
    seen: list[Event] = []
    async with RawServer(list(behaviours)) as server, calling(server.url, key="k") as calls:
        await calls.follow("job_1", seen=seen.append)
        return seen, [request.target for request in server.requests]


async def test_a_job_is_enqueued_with_key_and_webhook() -> None:
    async with RawServer([answer({"id": "job_1"}, status=202)]) as server, calling(server.url, key="k") as calls:
        assert await calls.create({"input": "?"}, webhook_url="http://127.0.0.1:1/webhook") == "job_1"
        (request,) = server.requests
    sent: dict[str, Any] = json.loads(request.body)
    assert request.headers["authorization"] == "Bearer k"
    assert sent["request"] == {"input": "?"}
    assert sent["webhook_url"] == "http://127.0.0.1:1/webhook"


async def test_a_job_is_followed_to_its_end() -> None:
    seen, _ = await followed(stream(told(1), ": still here\n\n", told(2), CLOSING))
    assert [event.data["text"] for event in seen] == ["thought 1", "thought 2"]


async def test_a_broken_stream_is_taken_up_where_it_broke() -> None:
    seen, paths = await followed(reset, stream(told(1), told(2)), stream(told(3), CLOSING))
    assert [event.sequence for event in seen] == [1, 2, 3]
    assert paths == [f"/v1/jobs/job_1/events?after={after}" for after in (0, 0, 2)]


@pytest.mark.parametrize("behaviour", [answer({"detail": "no such job"}, status=404), reset])
async def test_an_api_that_does_not_do_its_part_is_named_with_what_it_said(behaviour: Behaviour) -> None:
    async with RawServer([behaviour]) as server, calling(server.url, key="k") as calls:
        with pytest.raises(
            DemoError, match=r"GET /v1/jobs/job_1 (answered 404: .*no such job|got no answer)"
        ) as caught:
            await calls.job("job_1")
    assert caught.value.part == "api"


async def test_a_stream_that_is_refused_is_not_asked_for_again() -> None:
    with pytest.raises(DemoError, match="answered 410"):
        await followed(answer({}, status=410))


async def test_the_raw_result_is_the_bytes_as_they_are() -> None:
    raw = '{"text": "谷歌"}\n'.encode()
    async with RawServer([answer(raw)]) as server, calling(server.url, key="k") as calls:
        assert await calls.raw("job_1") == raw
