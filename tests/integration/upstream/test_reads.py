"""Do reads, cancels and deletes say what was learned, and nothing more, whatever the wire does?"""

import asyncio
import gzip
import socket
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from longwatch.domain.clock import Clock
from longwatch.upstream.client import InteractionsClient
from longwatch.upstream.http import MAX_ANSWER_BYTES, Timeouts
from longwatch.upstream.outcomes import (
    CancelRefused,
    CancelTaken,
    CancelUnsupported,
    Deleted,
    DeleteRefused,
    Ended,
    Gone,
    KeyProblem,
    Missing,
    ReadOutcome,
    Running,
    Strange,
    Trouble,
)
from tests.support.raw_server import Behaviour, RawServer, answer, drip, reset, say_and_close, silence

KEY = "AIza-not-a-real-key"
QUICK = Timeouts(connect=timedelta(seconds=2), get=timedelta(seconds=0.4), cancel=timedelta(seconds=0.4))
NOT_FOUND = {"error": {"code": "not_found", "message": "no such interaction"}}
NO_METHOD = [{"error": {"code": 404, "message": "Method not found.", "status": "NOT_FOUND"}}]

T = TypeVar("T")


def asked(
    call: Callable[[InteractionsClient], Awaitable[T]],
    *behaviours: Behaviour,
    timeouts: Timeouts | None = None,
) -> tuple[T, RawServer]:
    """Return what *call* came to against a server that behaves so, and the server."""

    async def once() -> tuple[T, RawServer]:
        async with RawServer(list(behaviours)) as server, client_of(server.url, timeouts=timeouts) as client:
            return await call(client), server

    return asyncio.run(once())


def client_of(url: str, *, timeouts: Timeouts | None = None) -> InteractionsClient:
    return InteractionsClient(url, now=Clock().now, timeouts=timeouts, prefix="v1")


def read(*behaviours: Behaviour, timeouts: Timeouts | None = None) -> ReadOutcome:
    return asked(lambda client: client.get("v1_a", KEY), *behaviours, timeouts=timeouts)[0]


def test_a_running_interaction_tells_its_status_and_newest_thought() -> None:
    steps = [{"type": "thought", "summary": [{"type": "text", "text": "**Reading**\n\npapers"}]}]
    body = {"id": "v1_a", "status": "in_progress", "steps": steps, "labels": {"longwatch_job": "job_1"}}
    assert read(answer(body)) == Running(
        upstream_status="in_progress",
        progress="**Reading** papers",
        labels={"longwatch_job": "job_1"},
    )


@pytest.mark.parametrize(
    "status",
    ["completed", "failed", "cancelled", "incomplete", "budget_exceeded", "requires_action", "requires_continuation"],
)
def test_an_ended_interaction_keeps_its_bytes(status: str) -> None:
    raw = b'{"id":"v1_a" ,  "status":"%s"}' % status.encode()
    outcome = read(answer(raw))
    assert isinstance(outcome, Ended)
    assert (outcome.upstream_status, outcome.raw) == (status, raw)


def test_a_status_that_nobody_knows_is_strange_and_kept() -> None:
    outcome = read(answer({"id": "v1_a", "status": "paused_for_lunch"}))
    assert isinstance(outcome, Strange)
    assert (outcome.reason, outcome.upstream_status) == ("unknown_status", "paused_for_lunch")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b'{"id":"v1_a"}', b"null", b"\x00", b"[" * 100_000])
def test_a_2xx_that_cannot_be_read_is_strange_and_kept(body: bytes) -> None:
    outcome = read(answer(body))
    assert isinstance(outcome, Strange)
    assert (outcome.reason, outcome.raw) == ("unreadable", body)


@pytest.mark.parametrize("size", [1_300_000, 30_000_000])
def test_a_large_answer_arrives_whole(size: int) -> None:
    raw = b'{"id":"v1_a","status":"completed","pad":"' + b"x" * size + b'"}'
    outcome = read(answer(raw))
    assert isinstance(outcome, Ended)
    assert outcome.raw == raw


def test_an_answer_over_the_limit_is_trouble() -> None:
    assert read(answer(b"x" * (MAX_ANSWER_BYTES + 1))) == Trouble(reason="too_large")


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(say_and_close(b""), id="closed after reading"),
        pytest.param(reset, id="reset"),
        pytest.param(say_and_close(b"SSH-2.0-OpenSSH_9.2\r\n"), id="not HTTP"),
        pytest.param(say_and_close(b'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"id":"v1_x"'), id="half a body"),
        pytest.param(
            say_and_close(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
            id="broken chunks",
        ),
    ],
)
def test_a_broken_answer_is_trouble(behaviour: Behaviour) -> None:
    outcome = read(behaviour)
    assert isinstance(outcome, Trouble)
    assert outcome.reason == "broken_answer"


@pytest.mark.parametrize("behaviour", [silence, drip])
def test_no_answer_in_time_is_trouble(behaviour: Behaviour) -> None:
    outcome = read(behaviour, timeouts=QUICK)
    assert isinstance(outcome, Trouble)
    assert outcome.reason == "timeout"


def test_an_upstream_that_is_down_is_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async def once() -> ReadOutcome:
        async with client_of(f"http://127.0.0.1:{port}") as client:
            return await client.get("v1_a", KEY)

    outcome = asyncio.run(once())
    assert isinstance(outcome, Trouble)
    assert outcome.reason == "connect"


def test_reads_share_a_connection() -> None:
    async def twice(client: InteractionsClient) -> None:
        for _ in range(2):
            await client.get("v1_a", KEY)

    _, server = asked(twice, answer({"id": "v1_a", "status": "queued"}))
    assert (server.count("GET"), server.connections) == (2, 1)


def test_a_kept_connection_that_the_upstream_closed_is_not_noticed_by_a_read() -> None:
    body = b'{"id":"v1_a","status":"queued"}'
    once_only = say_and_close(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)

    async def twice(client: InteractionsClient) -> list[ReadOutcome]:
        return [await client.get("v1_a", KEY) for _ in range(2)]

    outcomes, _ = asked(twice, once_only)
    assert [type(outcome) for outcome in outcomes] == [Running, Running]


def test_a_missing_run_is_missing_and_nothing_worse() -> None:
    assert read(answer(NOT_FOUND, status=404)) == Missing(status=404, code="not_found", message="no such interaction")


def test_retry_after_is_handed_on() -> None:
    outcome = read(answer(b"", status=503, retry_after="20"))
    assert isinstance(outcome, Trouble)
    assert (outcome.reason, outcome.status, outcome.retry_after) == ("server_error", 503, timedelta(seconds=20))


def test_an_unusable_key_is_told_without_a_call() -> None:
    async def every(client: InteractionsClient) -> list[object]:
        return [await call("v1_a", "schlüssel") for call in (client.get, client.cancel, client.delete)]

    outcomes, server = asked(every, answer({}))
    assert [type(outcome) for outcome in outcomes] == [KeyProblem] * 3
    assert server.connections == 0


@pytest.mark.parametrize("identifier", ["", ".", "..", "a b", "x\n", "\ud800"])
def test_an_id_that_no_upstream_could_give_is_missing_without_a_call(identifier: str) -> None:
    async def every(client: InteractionsClient) -> list[object]:
        return [
            await client.get(identifier, KEY),
            await client.cancel(identifier, KEY),
            await client.delete(identifier, KEY),
        ]

    outcomes, server = asked(every, answer({}))
    assert [type(outcome) for outcome in outcomes] == [Missing, CancelRefused, Gone]
    assert server.connections == 0


@pytest.mark.parametrize(
    ("identifier", "path"),
    [("v1_aZ-_9=", "v1_aZ-_9%3D"), ("a/../b", "a%2F..%2Fb"), ("a?key=b#c", "a%3Fkey%3Db%23c"), ("é", "%C3%A9")],
)
def test_an_id_stays_one_segment_of_the_path(identifier: str, path: str) -> None:
    _, server = asked(lambda client: client.get(identifier, KEY), answer({}))
    assert server.requests[0].target.replace("=", "%3D") == f"/v1/interactions/{path}"


def test_a_cancel_that_is_taken_tells_the_status() -> None:
    outcome, server = asked(
        lambda client: client.cancel("v1_a", KEY),
        answer({"id": "v1_a", "status": "in_progress"}),
    )
    assert outcome == CancelTaken(upstream_status="in_progress")
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/v1/interactions/v1_a/cancel")
    assert (request.headers["content-length"], request.body) == ("0", b"")


def test_a_cancel_that_the_upstream_does_not_know_is_unsupported() -> None:
    outcome, _ = asked(lambda client: client.cancel("v1_a", KEY), answer(NO_METHOD, status=404))
    assert outcome == CancelUnsupported(status=404, message="Method not found.")


def test_a_cancel_that_is_refused_says_why() -> None:
    body = {"error": {"code": "failed_precondition", "message": "already finished"}}
    outcome, _ = asked(lambda client: client.cancel("v1_a", KEY), answer(body, status=400))
    assert outcome == CancelRefused(status=400, code="failed_precondition", message="already finished")


@pytest.mark.parametrize("behaviour", [reset, silence, answer(b"", status=500)])
def test_a_cancel_that_nobody_answered_is_trouble(behaviour: Behaviour) -> None:
    outcome, server = asked(lambda client: client.cancel("v1_a", KEY), behaviour, timeouts=QUICK)
    assert isinstance(outcome, Trouble)
    assert server.count("POST") == 1


def test_a_delete_is_done_or_already_done_or_refused() -> None:
    async def thrice(client: InteractionsClient) -> list[object]:
        return [await client.delete("v1_a", KEY) for _ in range(3)]

    denied = answer({"error": {"code": "permission_denied", "message": "not yours"}}, status=403)
    outcomes, server = asked(thrice, answer(b"{}"), answer(NOT_FOUND, status=404), denied)
    refused = DeleteRefused(status=403, code="permission_denied", message="not yours")
    assert outcomes == [Deleted(), Gone(), refused]
    assert server.count("DELETE") == 3


def test_a_cookie_that_the_upstream_sets_is_never_sent_back() -> None:
    async def twice(client: InteractionsClient) -> None:
        await client.get("v1_a", KEY)
        await client.get("v1_a", KEY)

    _, server = asked(twice, answer({"id": "v1_a", "status": "in_progress"}, set_cookie="session=1; Path=/"))
    assert [request.headers.get("cookie") for request in server.requests] == [None, None]
    assert server.connections == 1


def test_an_answer_that_was_packed_for_the_way_is_read() -> None:
    packed = gzip.compress(b'{"id": "v1_a", "status": "completed"}')
    outcome = read(answer(packed, content_encoding="gzip"))
    assert isinstance(outcome, Ended)
    assert outcome.raw == b'{"id": "v1_a", "status": "completed"}'


def test_a_broken_packing_is_trouble() -> None:
    assert isinstance(read(answer(b"not packed at all", content_encoding="gzip")), Trouble)
