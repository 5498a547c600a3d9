"""What happens on the TCP connection itself."""

import asyncio
import http.client
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from simulator.app import create_app
from simulator.config import SimulatorConfig
from simulator.serving import listener, url_of
from tests.support.live_simulator import RESEARCHER, LiveSimulator, simulator_running
from tests.support.waiting import eventually

BODY = json.dumps({"agent": RESEARCHER, "background": True, "input": "tea"}).encode()


@contextmanager
def connected(sim: LiveSimulator) -> Iterator[socket.socket]:
    address = urlsplit(sim.url)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        yield connection


def request(verb: str, path: str, body: bytes = b"") -> bytes:
    head = f"{verb} {path} HTTP/1.1\r\nhost: sim\r\nx-goog-api-key: k\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def everything(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


def status_of_next(connection: socket.socket, sent: bytes) -> int:
    connection.sendall(sent)
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    answer.read()
    return answer.status


def exchanged(sim: LiveSimulator, sent: bytes) -> bytes:
    with connected(sim) as connection:
        connection.sendall(sent)
        return everything(connection)


def test_a_reset_is_a_reset_and_not_an_orderly_close(sim: LiveSimulator) -> None:
    sim.fault("create", "reset")
    with pytest.raises(ConnectionResetError):
        exchanged(sim, request("POST", "/v1/interactions", BODY))


def test_a_drop_is_an_orderly_close_without_a_byte(sim: LiveSimulator) -> None:
    sim.fault("create", "accept_then_drop")
    assert exchanged(sim, request("POST", "/v1/interactions", BODY)) == b""
    assert sim.entries("create")[0]["accepted"] is True


@pytest.mark.parametrize("fraction", [0, 0.25, 0.9])
def test_half_an_answer_is_the_announced_fraction(sim: LiveSimulator, fraction: float) -> None:
    started = sim.started()
    size = len(sim.get(started).content)
    sim.fault("get", "half_answer", fraction=fraction)
    head, body = exchanged(sim, request("GET", f"/v1/interactions/{started}")).split(b"\r\n\r\n")
    assert f"content-length: {size}".encode() in head
    assert len(body) == int(size * fraction)


def test_the_ledger_is_written_before_the_first_byte_of_an_answer(sim: LiveSimulator) -> None:
    sim.fault("create", "slow", seconds=30)
    with connected(sim) as connection:
        connection.sendall(request("POST", "/v1/interactions", BODY))
        entry = eventually(lambda: sim.entries("create"))[0]
        connection.setblocking(False)  # noqa: FBT003 - the socket's own interface
        with pytest.raises(BlockingIOError):
            connection.recv(1)
    assert (entry["accepted"], entry["answered"]) == (True, False)


def test_a_caller_that_leaves_a_slow_answer_is_never_marked_as_answered(sim: LiveSimulator) -> None:
    sim.fault("create", "slow", seconds=1.5)
    with connected(sim) as connection:
        connection.sendall(request("POST", "/v1/interactions", BODY))
        eventually(lambda: sim.entries("create"))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # As slow as the first and begun after it: once this one is answered, the first one's time is over.
    sim.fault("create", "slow", seconds=1.5)
    assert sim.started()
    assert [entry["answered"] for entry in sim.entries("create")] == [False, True]


def test_a_caller_that_leaves_a_dribbling_body_is_never_marked_as_answered(sim: LiveSimulator) -> None:
    started = sim.started()
    sim.advance(2000)
    sim.fault("get", "slow", dribble_seconds=0.3)
    with connected(sim) as connection:
        connection.sendall(request("GET", f"/v1/interactions/{started}"))
        assert connection.recv(20).startswith(b"HTTP/1.1 200")
    assert sim.read(started)["status"] == "completed"
    assert [entry["answered"] for entry in sim.entries("get")] == [False, True]


def test_one_connection_serves_many_calls(sim: LiveSimulator) -> None:
    with connected(sim) as connection:
        for _ in range(3):
            assert status_of_next(connection, request("GET", "/v1/interactions/v1_nothing")) == 404


def test_a_fault_on_one_connection_leaves_the_others_alone(sim: LiveSimulator) -> None:
    with connected(sim) as other:
        assert status_of_next(other, request("GET", "/v1/interactions/v1_nothing")) == 404
        sim.script({"fault": {"kind": "reset"}, "times": 1})
        with pytest.raises(ConnectionResetError):
            exchanged(sim, request("POST", "/v1/interactions", BODY))
        assert status_of_next(other, request("GET", "/v1/interactions/v1_nothing")) == 404


def test_a_simulator_that_stops_hangs_up_on_slow_answers_and_says_nothing_of_them(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with simulator_running() as stopping:
        stopping.fault("create", "slow", seconds=60)
        connection = socket.create_connection(
            (urlsplit(stopping.url).hostname, urlsplit(stopping.url).port), timeout=10
        )
        connection.sendall(request("POST", "/v1/interactions", BODY))
        eventually(lambda: stopping.entries("create"))
    with connection:
        assert everything(connection) == b""
    assert "Traceback" not in capfd.readouterr().err


def test_a_body_of_30_megabytes_is_taken(sim: LiveSimulator) -> None:
    answer = sim.post({"model": "gemini-2.5-flash", "input": "tea " * 7_500_000}, timeout=60)
    assert answer.json()["status"] == "completed"


def test_two_simulators_know_nothing_of_each_other(sim: LiveSimulator) -> None:
    started = sim.started()
    with simulator_running(SimulatorConfig(speed=1000)) as other:
        assert other.get(started).status_code == 404


def test_a_url_names_the_address_that_was_bound() -> None:
    with listener(host="127.0.0.1", port=0) as sock:
        assert url_of(sock) == f"http://127.0.0.1:{sock.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
def test_an_ipv6_address_is_written_in_brackets() -> None:
    with listener(host="::1", port=0) as sock:
        assert url_of(sock) == f"http://[::1]:{sock.getsockname()[1]}"


async def in_process(fault: str) -> httpx.Response:
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://sim", headers={"x-goog-api-key": "k"}) as caller:
        rules = [{"op": "create", "fault": {"kind": fault, "seconds": 0.01} if fault == "slow" else {"kind": fault}}]
        await caller.post("/__sim/script", json={"rules": rules})
        return await caller.post("/v1/interactions", content=BODY)


def test_the_app_works_without_a_socket() -> None:
    assert asyncio.run(in_process("slow")).json()["status"] == "in_progress"


@pytest.mark.parametrize("fault", ["reset", "accept_then_drop", "half_answer"])
def test_without_a_socket_a_broken_connection_is_an_exception(fault: str) -> None:
    with pytest.raises(ConnectionResetError):
        asyncio.run(in_process(fault))
