"""Is a body counted as it comes, whatever was announced?"""

from collections.abc import Iterable, Iterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.limits import BodyLimit, BodyTooLargeError

pytestmark = pytest.mark.anyio

LIMIT = 10


async def body_read(chunks: Iterable[bytes], *, length: str | None = None) -> bytes:
    """Return the body that an application behind the limit reads."""
    got = b""

    async def application(_scope: Scope, receive: Receive, _send: Send) -> None:
        nonlocal got
        while (message := await receive())["type"] == "http.request" and message.get("more_body"):
            got += message["body"]

    headers = [] if length is None else [(b"content-length", length.encode())]
    waiting = messages(chunks)

    async def receive() -> Message:
        return next(waiting)

    async def send(_message: Message) -> None:
        raise AssertionError("nothing is answered here")

    await BodyLimit(application, LIMIT)({"type": "http", "headers": headers}, receive, send)
    return got


def messages(chunks: Iterable[bytes]) -> Iterator[Message]:
    yield from ({"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks)
    yield {"type": "http.disconnect"}


@pytest.mark.parametrize("length", [None, "10", "3", "", "-1", "ten", "٣"])
async def test_a_body_up_to_the_limit_passes(length: str | None) -> None:
    assert await body_read([b"12345", b"67890"], length=length and length.encode().decode("latin-1")) == b"1234567890"


@pytest.mark.parametrize("length", [None, "3", "nonsense"])
async def test_a_body_over_the_limit_stops_there(length: str | None) -> None:
    with pytest.raises(BodyTooLargeError, match="over 10 bytes") as refused:
        await body_read([b"12345", b"67890", b"1", b"never read"], length=length)
    assert refused.value.status_code == 413


async def test_a_length_over_the_limit_is_believed_at_once() -> None:
    with pytest.raises(BodyTooLargeError) as refused:
        await body_read([b"1"], length="11")
    assert refused.value.headers is None


async def test_a_sender_without_a_length_is_hung_up_on() -> None:
    with pytest.raises(BodyTooLargeError) as refused:
        await body_read([b"12345678901"])
    assert refused.value.headers == {"Connection": "close"}


async def test_what_is_no_request_is_left_alone() -> None:
    seen: list[str] = []

    async def application(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["type"])

    async def never() -> Message:
        raise AssertionError("nothing is read here")

    async def unsent(_message: Message) -> None:
        raise AssertionError("nothing is sent here")

    await BodyLimit(application, LIMIT)({"type": "lifespan"}, never, unsent)
    assert seen == ["lifespan"]
