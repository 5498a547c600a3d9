"""Does one attempt say truly what came of it, whatever the receiver does?"""

import asyncio
import json
import socket
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest
from standardwebhooks import Webhook

from longwatch.domain.clock import Clock
from longwatch.webhooks.attempt import AttemptResult, Outgoing, Verdict, attempt
from longwatch.webhooks.body import build_body
from longwatch.webhooks.client import WebhookClient
from longwatch.webhooks.signing import generate_secret
from tests.support.receiver import Answer, Receiver

LOOPBACK = (ip_network("127.0.0.0/8"),)
SECRET, OLD_SECRET = generate_secret(), generate_secret()
BODY = build_body("job.completed", at=Clock().now(), data={"job_id": "job_1", "preview": "张量处理器"})
DELIVERY = Outgoing(url="", webhook_id="evt_1", body=BODY, secrets=(SECRET,))
GENEROUS, SHORT = timedelta(seconds=20), timedelta(seconds=0.3)


def send(delivery: Outgoing, *, limit: timedelta = GENEROUS) -> AttemptResult:
    async def once() -> AttemptResult:
        async with WebhookClient(allow=LOOPBACK) as client:
            return await attempt(delivery, client=client, clock=Clock(), limit=limit)

    return asyncio.run(once())


def answered(answer: Answer, *, limit: timedelta = GENEROUS) -> AttemptResult:
    with Receiver(script=[answer]) as receiver:
        return send(replace(DELIVERY, url=receiver.url), limit=limit)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_delivered(status: int) -> None:
    result = answered(Answer(status))
    assert (result.verdict, result.status, result.error) == (Verdict.DELIVERED, status, None)


def test_410_ends_the_delivery() -> None:
    result = answered(Answer(410))
    assert (result.verdict, result.status) == (Verdict.GONE, 410)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 422, 429, 500, 502, 503, 599])
def test_any_other_status_is_tried_again(status: int) -> None:
    result = answered(Answer(status))
    assert (result.verdict, result.status, result.error) == (Verdict.RETRY, status, f"answered {status}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_error_says_so(status: int) -> None:
    with Receiver() as elsewhere:
        result = answered(Answer(status, headers={"Location": elsewhere.url}))
        assert elsewhere.ledger == []
    assert result.verdict is Verdict.RETRY
    assert result.error is not None
    assert "redirects are not followed" in result.error


def test_the_receiver_gets_the_body_the_headers_and_a_signature_it_can_verify() -> None:
    with Receiver(secret=SECRET) as receiver:
        send(replace(DELIVERY, url=receiver.url))
        (received,) = receiver.wait_for(1)
    assert received.verified
    assert received.body == BODY
    assert received.event["data"]["preview"] == "张量处理器"
    assert received.webhook_id == "evt_1"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"].startswith("Longwatch")


def test_during_a_rotation_both_secrets_verify() -> None:
    with Receiver() as receiver:
        send(replace(DELIVERY, url=receiver.url, secrets=(SECRET, OLD_SECRET)))
        (received,) = receiver.wait_for(1)
    for secret in (SECRET, OLD_SECRET):
        assert Webhook(secret).verify(received.body, received.headers) == json.loads(BODY)


def test_the_id_stays_the_same_over_all_attempts() -> None:
    with Receiver(script=[Answer(500), Answer(500)], secret=SECRET) as receiver:
        for _ in range(3):
            send(replace(DELIVERY, url=receiver.url))
        assert [entry.webhook_id for entry in receiver.wait_for(3)] == ["evt_1"] * 3
        assert all(entry.verified for entry in receiver.ledger)


def test_retry_after_is_passed_on() -> None:
    assert answered(Answer(429, headers={"Retry-After": "120"})).retry_after == timedelta(minutes=2)


def test_a_silent_receiver_times_out() -> None:
    result = answered(Answer(hold=True), limit=SHORT)
    assert (result.verdict, result.status, result.error) == (Verdict.RETRY, None, "no answer within 0.3 s")
    assert SHORT <= result.duration < timedelta(seconds=5)


def test_a_body_that_stalls_takes_nothing_from_the_status() -> None:
    result = answered(Answer(200, body=b"thanks", hold_body=True), limit=SHORT)
    assert (result.verdict, result.response_head) == (Verdict.DELIVERED, "thanks")


def test_of_a_huge_answer_only_the_head_is_read() -> None:
    size = 30_000_000
    with Receiver(script=[Answer(200, body=b"x" * size)]) as receiver:
        result = send(replace(DELIVERY, url=receiver.url))
        assert receiver.body_bytes_sent < size
    assert result.verdict is Verdict.DELIVERED
    assert result.response_head == "x" * 2048


def test_an_endless_answer_ends_for_us() -> None:
    result = answered(Answer(500, endless_body=True))
    assert (result.verdict, len(result.response_head)) == (Verdict.RETRY, 2048)


def test_the_head_is_storable_text_whatever_the_bytes() -> None:
    head = answered(Answer(200, body=b"a\x00b\xff" + "张".encode() * 1000)).response_head
    assert head.startswith("a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}张")
    assert len(head) <= 2048
    assert "\0" not in head


def test_a_compressed_answer_is_not_unpacked() -> None:
    result = answered(Answer(200, headers={"Content-Encoding": "gzip"}, body=b"not gzip at all"))
    assert (result.verdict, result.response_head) == (Verdict.DELIVERED, "not gzip at all")


def test_a_closed_port_is_tried_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        result = send(replace(DELIVERY, url=f"http://127.0.0.1:{taken.getsockname()[1]}/"))
    assert (result.verdict, result.status) == (Verdict.RETRY, None)
    assert result.error is not None
    assert result.error.startswith("ClientConnectorError")


def test_an_address_that_became_private_is_tried_again_and_named() -> None:
    result = send(replace(DELIVERY, url="http://169.254.169.254/latest/meta-data/"))
    assert result.verdict is Verdict.RETRY
    assert result.error is not None
    assert "a link-local address" in result.error


@pytest.mark.parametrize("reply", [b"", b"HTTP/1.1 2", b"220 mail.example ESMTP\r\n", b"\x16\x03\x01\x00\x00\r\n\r\n"])
def test_what_is_not_http_is_tried_again(reply: bytes) -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)
        await writer.drain()
        writer.close()

    async def once() -> AttemptResult:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server, WebhookClient(allow=LOOPBACK) as client:
            return await attempt(replace(DELIVERY, url=url), client=client, clock=Clock())

    result = asyncio.run(once())
    assert (result.verdict, result.status) == (Verdict.RETRY, None)
    assert result.error


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "http://256.1.1.1/", "nonsense"])
def test_a_url_that_slipped_through_is_a_result_and_not_an_exception(url: str) -> None:
    result = send(replace(DELIVERY, url=url))
    assert result.verdict is Verdict.RETRY
    assert result.error


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/?token=a-secret", "http://x:y/?token=a-secret", "http:///?token=a-secret"]
)
def test_what_is_said_of_a_url_holds_nothing_of_it(url: str) -> None:
    assert "a-secret" not in str(send(replace(DELIVERY, url=url)).error)


def test_a_receiver_that_cannot_be_reached_in_time_is_told_without_its_url() -> None:
    async def hanging(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    async def once() -> AttemptResult:
        async with WebhookClient(resolver=hanging, connect_seconds=0.1) as client:
            url = "http://hooks.example/?token=a-secret"
            return await attempt(replace(DELIVERY, url=url), client=client, clock=Clock())

    result = asyncio.run(once())
    assert (result.verdict, result.error) == (Verdict.RETRY, "no connection in time")


def test_fifty_attempts_share_one_client() -> None:
    async def all_at_once(url: str) -> list[AttemptResult]:
        async with WebhookClient(allow=LOOPBACK) as client:
            sent = replace(DELIVERY, url=url)
            return await asyncio.gather(*(attempt(sent, client=client, clock=Clock()) for _ in range(50)))

    with Receiver(secret=SECRET) as receiver:
        results = asyncio.run(all_at_once(receiver.url))
        assert all(entry.verified for entry in receiver.wait_for(50))
    assert {result.verdict for result in results} == {Verdict.DELIVERED}


def test_secrets_and_bodies_stay_out_of_logs() -> None:
    assert SECRET not in repr(DELIVERY)
    assert "job_1" not in repr(DELIVERY)
