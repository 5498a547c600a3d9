"""Is every create sent at most once, and is its ending told apart: not sent, refused, unknown, accepted?"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from longwatch.domain.clock import Clock
from longwatch.upstream.client import InteractionsClient
from longwatch.upstream.http import MAX_ANSWER_BYTES, Timeouts
from longwatch.upstream.outcomes import Accepted, CreateOutcome, NotSent, Refused, Unknown
from tests.support.certificates import self_signed
from tests.support.raw_server import Behaviour, RawServer, answer, drip, reset, say_and_close, silence

KEY = "AIza-not-a-real-key"
BODY = b'{"agent":"deep-research-preview-04-2026","input":"why?","background":true}'
ACCEPTED = {"id": "v1_abc", "object": "interaction", "status": "in_progress"}
QUICK = Timeouts(connect=timedelta(seconds=2), create=timedelta(seconds=0.4))


def created(*behaviours: Behaviour, timeouts: Timeouts | None = None) -> tuple[CreateOutcome, RawServer]:
    """Return what a create came to against a server that behaves so, and the server."""

    async def once() -> tuple[CreateOutcome, RawServer]:
        async with RawServer(list(behaviours)) as server, client_of(server.url, timeouts=timeouts) as client:
            return await client.create(BODY, KEY), server

    return asyncio.run(once())


def client_of(url: str, *, timeouts: Timeouts | None = None) -> InteractionsClient:
    return InteractionsClient(url, now=Clock().now, timeouts=timeouts)


def run(call: Callable[[], Awaitable[CreateOutcome]]) -> CreateOutcome:
    async def once() -> CreateOutcome:
        return await call()

    return asyncio.run(once())


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_an_accepted_create_carries_its_id_and_the_bytes_as_received() -> None:
    outcome, server = created(answer(ACCEPTED, content_type="application/json; charset=UTF-8"))
    assert isinstance(outcome, Accepted)
    assert (outcome.upstream_id, outcome.upstream_status) == ("v1_abc", "in_progress")
    assert outcome.raw.startswith(b'{"id": "v1_abc"')
    assert outcome.content_type == "application/json; charset=UTF-8"
    assert server.count("POST") == 1


def test_the_request_is_what_the_upstream_expects() -> None:
    _, server = created(answer(ACCEPTED))
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/v1beta/interactions")
    assert request.body == BODY
    assert request.headers["x-goog-api-key"] == KEY
    assert request.headers["content-type"] == "application/json"


def test_a_refused_port_is_not_sent() -> None:
    async def call() -> CreateOutcome:
        async with client_of(f"http://127.0.0.1:{closed_port()}") as client:
            return await client.create(BODY, KEY)

    outcome = run(call)
    assert isinstance(outcome, NotSent)
    assert outcome.reason == "connect"


def test_an_untrusted_certificate_is_not_sent(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(self_signed("localhost", folder=tmp_path))

    async def call() -> CreateOutcome:
        async with RawServer([answer(ACCEPTED)], tls=tls) as server, client_of(server.url) as client:
            outcome = await client.create(BODY, KEY)
            assert server.requests == []
            return outcome

    outcome = run(call)
    assert isinstance(outcome, NotSent)
    assert outcome.reason == "tls"


def test_a_listener_that_never_accepts_tls_is_not_sent() -> None:
    async def call() -> CreateOutcome:
        quick = Timeouts(connect=timedelta(seconds=0.2), create=timedelta(seconds=5))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"https://127.0.0.1:{listener.getsockname()[1]}"
            async with client_of(url, timeouts=quick) as client:
                return await client.create(BODY, KEY)

    outcome = run(call)
    assert isinstance(outcome, NotSent)
    assert outcome.reason == "connect_timeout"


def test_a_connection_broken_before_the_request_was_read_is_unknown() -> None:
    async def call() -> CreateOutcome:
        async with RawServer([], read_first=False) as server, client_of(server.url) as client:
            return await client.create(BODY, KEY)

    assert isinstance(run(call), Unknown)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(say_and_close(b""), id="closed after reading"),
        pytest.param(reset, id="reset after reading"),
        pytest.param(say_and_close(b"SSH-2.0-OpenSSH_9.2\r\n"), id="not HTTP"),
        pytest.param(say_and_close(b"HTTP/1.1 200 OK\r\ncontent-le"), id="half a head"),
        pytest.param(say_and_close(b'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"id":"v1_x"'), id="half a body"),
        pytest.param(
            say_and_close(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope"),
            id="not the encoding it says",
        ),
    ],
)
def test_a_broken_answer_is_unknown_and_the_create_is_never_repeated(behaviour: Behaviour) -> None:
    outcome, server = created(behaviour, answer(ACCEPTED))
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "broken_answer"
    assert (server.count("POST"), server.connections) == (1, 1)


@pytest.mark.parametrize("behaviour", [silence, drip])
def test_no_answer_in_time_is_unknown(behaviour: Behaviour) -> None:
    outcome, server = created(behaviour, timeouts=QUICK)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "timeout"
    assert server.count("POST") == 1


def test_a_body_the_upstream_never_reads_is_unknown_within_its_time() -> None:
    async def call() -> CreateOutcome:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with client_of(url, timeouts=QUICK) as client:
                return await client.create(b"x" * 32_000_000, KEY)

    outcome = run(call)
    assert isinstance(outcome, Unknown)
    assert outcome.reason == "timeout"


@pytest.mark.parametrize(
    "body",
    [{"status": "in_progress"}, {"id": ""}, {"id": 7}, {"id": "a b"}, {"id": ".."}, [], b"", b"<html>", b"\xff\x00"],
)
def test_a_2xx_without_a_readable_id_is_unknown(body: object) -> None:
    outcome, server = created(answer(body))
    assert outcome == Unknown(reason="no_id", status=200)
    assert server.count("POST") == 1


def test_an_answer_over_the_limit_is_unknown() -> None:
    outcome, _ = created(answer(b"x" * (MAX_ANSWER_BYTES + 1)))
    assert outcome == Unknown(reason="too_large")


def test_each_create_has_a_connection_of_its_own() -> None:
    async def twice() -> int:
        async with RawServer([answer(ACCEPTED)]) as server, client_of(server.url) as client:
            await client.create(BODY, KEY)
            await client.create(BODY, KEY)
            return server.connections

    assert asyncio.run(twice()) == 2


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_no_status_makes_any_layer_try_again(status: int) -> None:
    _, server = created(answer({"error": {"code": "x", "message": "y"}}, status=status, retry_after="0"))
    assert server.count("POST") == 1


def test_a_refusal_carries_the_upstreams_words_and_its_retry_after() -> None:
    body = {"error": {"code": "rate_limit_exceeded", "message": "slow down"}}
    outcome, _ = created(answer(body, status=429, retry_after="7"))
    assert outcome == Refused(
        kind="retry",
        reason="rate_limited",
        status=429,
        code="rate_limit_exceeded",
        message="slow down",
        retry_after=timedelta(seconds=7),
    )


@pytest.mark.parametrize("size", [300_000, 30_000_000])
def test_a_refusal_that_comes_before_the_body_was_read_is_a_refusal(size: int) -> None:
    refusal = b'{"error":{"code":"payload_too_large","message":"too much"}}'
    head = b"HTTP/1.1 413 Said\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(refusal)

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + refusal)
        await writer.drain()
        writer.close()

    async def call() -> CreateOutcome:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, client_of(url) as client:
            return await client.create(b"x" * size, KEY)

    outcome = run(call)
    assert isinstance(outcome, Refused)
    assert (outcome.status, outcome.code) == (413, "payload_too_large")


def test_an_id_that_came_before_the_body_was_read_is_not_lost_by_closing() -> None:
    accepted = b'{"id":"v1_abc","status":"in_progress"}'
    head = b"HTTP/1.1 200 Said\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(accepted)
    done = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + accepted)
        await done.wait()
        writer.close()

    async def call() -> CreateOutcome:
        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, client_of(url, timeouts=Timeouts(create=timedelta(seconds=2))) as client:
            outcome = await client.create(b"x" * 30_000_000, KEY)
            done.set()
            return outcome

    outcome = run(call)
    assert isinstance(outcome, Accepted)
    assert outcome.upstream_id == "v1_abc"


def test_a_redirect_is_refused_and_not_followed() -> None:
    async def call() -> CreateOutcome:
        async with RawServer([answer(ACCEPTED)]) as elsewhere:
            moved = answer(b"", status=308, location=f"{elsewhere.url}/v1beta/interactions")
            async with RawServer([moved]) as server, client_of(server.url) as client:
                outcome = await client.create(BODY, KEY)
                assert elsewhere.requests == []
                return outcome

    outcome = run(call)
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.reason) == ("final", "redirected")


def test_an_html_502_is_unknown() -> None:
    page = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
    outcome, _ = created(answer(page, status=502, content_type="text/html"))
    assert outcome == Unknown(reason="status_5xx", status=502, detail="502 Bad Gateway")


@pytest.mark.parametrize("key", ["", " AIza", "AIza\r\nx: y", "schlüssel", "a\x7fb"])
def test_a_key_that_no_header_can_carry_is_refused_unsent_and_not_shown(key: str) -> None:
    async def call() -> CreateOutcome:
        async with RawServer([answer(ACCEPTED)]) as server, client_of(server.url) as client:
            outcome = await client.create(BODY, key)
            assert server.connections == 0
            return outcome

    outcome = run(call)
    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.reason, outcome.status) == ("lane", "key_invalid", None)
    assert not key or key not in repr(outcome)


@pytest.mark.parametrize("behaviour", [reset, answer(b"<html>", status=400), say_and_close(b"garbage\r\n\r\n")])
def test_no_outcome_shows_the_key(behaviour: Behaviour) -> None:
    outcome, _ = created(behaviour)
    assert KEY not in repr(outcome)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    outcome, _ = created(answer(ACCEPTED))
    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize("url", ["", "generativelanguage.googleapis.com", "ftp://x", "http://"])
def test_a_base_url_that_cannot_work_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        client_of(url)
