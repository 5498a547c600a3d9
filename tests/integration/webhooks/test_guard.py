"""Does no webhook ever open a connection to an address that is not public, however the name leads there?"""

import asyncio
import socket
import ssl
import sys
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest

from longwatch.webhooks.client import WebhookClient
from longwatch.webhooks.guard import AddressRefusedError, Guard, Resolver, resolve
from tests.support.certificates import self_signed
from tests.support.hostile_urls import HOSTS
from tests.support.receiver import Receiver

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
ONLY_127_0_0_1 = (ip_network("127.0.0.1/32"),)

_connects: list[object] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        _connects.append(arguments[1])


sys.addaudithook(_watch)


@pytest.fixture
def connects() -> Iterator[list[object]]:
    """Every address that this process connects a socket to during the test."""
    _connects.clear()
    yield _connects
    _connects.clear()


def answers(*rounds: Sequence[str]) -> Resolver:
    """Return a resolver that gives each of *rounds* in turn, and the last one from then on."""
    left = list(rounds)

    async def resolver(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolver


async def numeric_only(host: str, port: int) -> Sequence[str]:
    """Read *host* as the system does, but never ask DNS: only loopback may be reached from a test."""
    if host.endswith("localhost"):
        return ["127.0.0.1", "::1"]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(address[0]) for *_, address in found]


async def post(url: str, client: WebhookClient) -> int:
    async with client:
        return await posted(url, client)


async def posted(url: str, client: WebhookClient) -> int:
    async with await client.post(url, body=b"{}", headers={}) as answer:
        return answer.status


def refuse(url: str, client: WebhookClient, *, match: str = "leads to") -> None:
    with pytest.raises(aiohttp.ClientConnectorError, match=match):
        asyncio.run(post(url, client))


@pytest.mark.parametrize("host", HOSTS)
def test_no_spelling_of_a_private_address_is_connected_to(host: str, connects: list[object]) -> None:
    with pytest.raises((aiohttp.ClientConnectorError, aiohttp.InvalidURL)):
        asyncio.run(post(f"http://{host.rstrip('.')}:9/hook", WebhookClient(resolver=numeric_only)))
    assert connects == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1%1", "0.0.0.0"],  # noqa: S104
)
def test_a_name_that_leads_to_a_private_address_is_refused(address: str, connects: list[object]) -> None:
    refuse("http://hooks.example/", WebhookClient(resolver=answers([address])))
    assert connects == []


def test_a_refusal_does_not_tell_which_address_a_name_has_inside() -> None:
    client = WebhookClient(resolver=answers(["10.20.30.40"]))
    with pytest.raises(aiohttp.ClientConnectorError) as refusal:
        asyncio.run(post("http://hooks.example/", client))
    assert "10.20.30.40" not in str(refusal.value)
    assert "a private address" in str(refusal.value)


def test_the_name_is_resolved_once_and_the_vetted_address_is_the_one_used(connects: list[object]) -> None:
    with Receiver() as receiver:
        client = WebhookClient(allow=ONLY_127_0_0_1, resolver=answers(["127.0.0.1"], ["127.0.0.2"]))
        assert asyncio.run(post(f"http://hooks.example:{receiver.port}/", client)) == 204
    assert connects == [("127.0.0.1", receiver.port)]


def test_a_name_rebound_between_attempts_is_vetted_again(connects: list[object]) -> None:
    async def twice(url: str) -> None:
        async with WebhookClient(allow=ONLY_127_0_0_1, resolver=answers(["127.0.0.1"], ["127.0.0.2"])) as client:
            assert await posted(url, client) == 204
            with pytest.raises(aiohttp.ClientConnectorError, match="loopback"):
                await posted(url, client)

    with Receiver() as receiver:
        asyncio.run(twice(f"http://hooks.example:{receiver.port}/"))
    assert connects == [("127.0.0.1", receiver.port)]


def test_of_several_addresses_only_the_permitted_are_tried(connects: list[object]) -> None:
    with Receiver() as receiver:
        client = WebhookClient(allow=ONLY_127_0_0_1, resolver=answers(["10.0.0.1", "::1", "127.0.0.1"]))
        assert asyncio.run(post(f"http://hooks.example:{receiver.port}/", client)) == 204
    assert connects == [("127.0.0.1", receiver.port)]


def test_an_address_that_does_not_answer_gives_way_to_the_next() -> None:
    with Receiver() as receiver:
        client = WebhookClient(allow=LOOPBACK, resolver=answers(["127.0.0.9", "127.0.0.1"]))
        assert asyncio.run(post(f"http://hooks.example:{receiver.port}/", client)) == 204


def test_a_name_without_addresses_is_an_ordinary_failure() -> None:
    refuse("http://hooks.example/", WebhookClient(resolver=answers([])), match="leads to nowhere")


@pytest.mark.parametrize("error", [OSError("no such name"), UnicodeError("label empty")])
def test_a_name_that_does_not_resolve_is_an_ordinary_failure(error: Exception) -> None:
    async def failing(_host: str, _port: int) -> Sequence[str]:
        raise error

    refuse("http://hooks.example/", WebhookClient(resolver=failing), match="does not resolve")


def test_a_resolver_that_hangs_counts_against_the_connect_timeout() -> None:
    async def hanging(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    client = WebhookClient(resolver=hanging, connect_seconds=0.1)
    with pytest.raises(aiohttp.ConnectionTimeoutError):
        asyncio.run(post("http://hooks.example/", client))


def test_the_receiver_sees_the_name_and_not_the_address() -> None:
    with Receiver() as receiver:
        client = WebhookClient(allow=LOOPBACK, resolver=answers(["127.0.0.1"]))
        asyncio.run(post(f"http://hooks.example:{receiver.port}/", client))
        assert receiver.ledger[0].headers["host"] == f"hooks.example:{receiver.port}"


def test_an_allowed_network_opens_loopback_by_the_systems_own_resolver() -> None:
    with Receiver() as receiver:
        assert asyncio.run(post(f"http://localhost:{receiver.port}/", WebhookClient(allow=LOOPBACK))) == 204
        assert asyncio.run(resolve("127.1", 80)) == ["127.0.0.1"]


async def post_over_tls(url_host: str, *, name: str, folder: Path, seen: list[str | None]) -> int:
    certificate = self_signed(name, folder=folder)
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(certificate)
    server_context.sni_callback = lambda _socket, asked, _context: seen.append(asked)
    server = await asyncio.start_server(_no_content, "127.0.0.1", 0, ssl=server_context)
    port = server.sockets[0].getsockname()[1]
    trusted = ssl.create_default_context(cafile=certificate)
    async with server, WebhookClient(allow=LOOPBACK, resolver=answers(["127.0.0.1"]), tls=trusted) as client:
        return await posted(f"https://{url_host}:{port}/", client)


async def _no_content(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    await writer.drain()
    writer.close()


def test_tls_asks_for_and_checks_the_name_in_the_url(tmp_path: Path) -> None:
    seen: list[str | None] = []
    assert asyncio.run(post_over_tls("hooks.example", name="hooks.example", folder=tmp_path, seen=seen)) == 204
    assert seen == ["hooks.example"]


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="CERTIFICATE_VERIFY_FAILED"):
        asyncio.run(post_over_tls("hooks.example", name="other.example", folder=tmp_path, seen=[]))


def test_the_client_uses_no_proxy_and_no_credentials_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with Receiver() as receiver:
        assert asyncio.run(post(receiver.url, WebhookClient(allow=LOOPBACK))) == 204


@pytest.mark.parametrize("address", [("127.0.0.1", 9), ("::1", 9, 0, 0), ("169.254.169.254", 80)])
def test_no_socket_is_opened_for_what_a_resolver_let_through(address: tuple[object, ...]) -> None:
    family = socket.AF_INET6 if ":" in str(address[0]) else socket.AF_INET
    with pytest.raises(AddressRefusedError, match="LONGWATCH_WEBHOOK_ALLOW"):
        Guard().open_socket((family, socket.SOCK_STREAM, 0, "", address))


def test_an_address_is_vetted_though_no_resolver_is_asked(connects: list[object]) -> None:
    async def never(_host: str, _port: int) -> Sequence[str]:
        raise AssertionError

    refuse("http://127.0.0.1:9/", WebhookClient(resolver=never), match="a loopback address")
    refuse("http://[::1]:9/", WebhookClient(resolver=never), match="a loopback address")
    assert connects == []
