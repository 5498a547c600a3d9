"""What does a create say, in its body and in its headers?"""

import json
from typing import Any

import pytest
from fastapi import Request
from starlette.types import Message

from api.door.asking import Asked, read_create
from api.door.errors import DoorError
from longwatch.domain.errors import InvalidRequestError

pytestmark = pytest.mark.anyio

BODY = {"agent": "deep-research-preview-04-2026", "input": "Tea", "background": True}


async def asked(body: Any, **headers: str) -> Asked:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return await read_create(Request({"type": "http", "method": "POST", "headers": named}, receive))


async def test_how_the_answer_comes_is_no_part_of_what_is_asked() -> None:
    found = await asked({**BODY, "stream": True})
    assert (found.background, found.stream) == (True, True)
    assert found.body == BODY
    assert found.submission().watch == "stream"
    assert (await asked(BODY)).submission().watch is None


async def test_what_rides_along_becomes_the_jobs() -> None:
    headers = {"x_longwatch_metadata": '{"a": 1}', "x_longwatch_webhook_url": "https://example.com/h"}
    submission = (await asked(BODY, **headers)).submission()
    assert (submission.metadata, submission.webhook_url) == ({"a": 1}, "https://example.com/h")


@pytest.mark.parametrize(("count", "retried"), [("0", False), ("1", True), ("3", True), ("", False)])
async def test_an_sdk_says_when_it_repeats_itself(count: str, retried: bool) -> None:  # noqa: FBT001
    assert (await asked(BODY, x_stainless_retry_count=count)).retried is retried


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"a": NaN}', b"\xff", b"[" * 100_000, {"background": "yes"}, {"stream": 1}]
)
async def test_what_is_no_create_is_refused_in_words(body: Any) -> None:
    with pytest.raises(DoorError) as refused:
        await asked(body)
    assert (refused.value.http_status, refused.value.code) == (400, "invalid_request")
    assert refused.value.detail


@pytest.mark.parametrize("metadata", ["x", "[]", "7", "{" * 5000])
async def test_metadata_that_is_no_object_is_refused(metadata: str) -> None:
    with pytest.raises(DoorError, match="X-Longwatch-Metadata"):
        await asked(BODY, x_longwatch_metadata=metadata)


async def test_metadata_that_is_too_large_is_refused() -> None:
    found = await asked(BODY, x_longwatch_metadata=json.dumps({"a": "x" * 20_000}))
    with pytest.raises(InvalidRequestError):
        found.submission()


async def test_what_cannot_be_translated_is_named() -> None:
    with pytest.raises(InvalidRequestError) as refused:
        await asked({**BODY, "input": [{"role": "tool", "content": "x"}]})
    assert refused.value.problems[0].field == "request.input[0].role"
