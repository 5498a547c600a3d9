import asyncio
import json

import httpx
import pytest
from standardwebhooks import Webhook

from longwatch.demo.receiver import Receiver, receiving
from longwatch.domain.clock import Clock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps({"type": "job.completed", "data": {"preview": "谷歌"}}, ensure_ascii=False).encode()

pytestmark = pytest.mark.anyio


def signed(body: bytes, *, secret: str = SECRET) -> dict[str, str]:
    said = Clock().now()
    signature = Webhook(secret).sign("msg_1", said, body.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(said.timestamp())), "webhook-signature": signature}


async def post(receiver: Receiver, body: bytes, headers: dict[str, str]) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.post(receiver.url, content=body, headers=headers)).status_code


async def test_a_signed_webhook_is_taken_and_read() -> None:
    with receiving(SECRET) as receiver:
        assert await post(receiver, BODY, signed(BODY)) == 204
        received = await receiver.next()
    assert received.verified
    assert received.body == BODY
    assert received.event["data"]["preview"] == "谷歌"
    assert received.headers["webhook-id"] == "msg_1"


@pytest.mark.parametrize("headers", [{}, signed(b"{}"), signed(BODY, secret="whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA==")])
async def test_what_is_not_signed_by_us_is_refused_and_said(headers: dict[str, str]) -> None:
    with receiving(SECRET) as receiver:
        assert await post(receiver, BODY, headers) == 401
        assert not (await receiver.next()).verified


async def test_webhooks_come_in_the_order_of_their_arrival() -> None:
    with receiving(SECRET) as receiver:
        for body in (b"1", b"2", b"3"):
            await post(receiver, body, signed(body))
        assert [(await receiver.next()).body for _ in range(3)] == [b"1", b"2", b"3"]


async def test_it_listens_on_loopback_only_while_it_is_used() -> None:
    with receiving(SECRET) as receiver:
        assert receiver.url.startswith("http://127.0.0.1:")
    with pytest.raises(httpx.ConnectError):
        await post(receiver, BODY, {})


async def test_waiting_can_be_given_up() -> None:
    with receiving(SECRET) as receiver, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await receiver.next()
