"""Is each exception of a transport told by what happened, and taken for unsent only when it surely is?"""

import socket
import ssl

import aiohttp
import httpx
import pytest
from aiohttp.client_reqrep import ConnectionKey
from httpx_aiohttp.transport import map_aiohttp_exceptions

from longwatch.upstream.faults import fault, unsent


def caused(error: Exception, cause: Exception | None) -> Exception:
    error.__cause__ = cause
    return error


HOST = ConnectionKey("host", 443, True, True, None, None, None)  # noqa: FBT003 - a tuple's


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (aiohttp.ClientConnectorDNSError(HOST, socket.gaierror(-2, "Name or service not known")), "dns"),
        (aiohttp.ClientConnectorCertificateError(HOST, ssl.SSLCertVerificationError("bad")), "tls"),
        (aiohttp.ClientConnectorSSLError(HOST, ssl.SSLError("bad")), "tls"),
        (aiohttp.ClientConnectorError(HOST, ConnectionRefusedError()), "connect"),
        (aiohttp.ClientConnectorError(HOST, ConnectionResetError()), "connect"),
        (aiohttp.ClientConnectorError(HOST, OSError("no route to host")), "connect"),
        (aiohttp.ConnectionTimeoutError("x"), "connect_timeout"),
    ],
)
def test_what_surely_left_no_byte(cause: Exception, reason: str) -> None:
    with pytest.raises(httpx.HTTPError) as error, map_aiohttp_exceptions():
        raise cause
    assert unsent(error.value) == reason


@pytest.mark.parametrize(
    "cause",
    [
        aiohttp.ClientOSError(32, "Can not write request body"),
        aiohttp.ServerDisconnectedError(),
        aiohttp.SocketTimeoutError(),
        aiohttp.ServerTimeoutError(),
        aiohttp.ClientConnectionError(),
        aiohttp.ClientConnectionResetError(),
        aiohttp.ClientPayloadError(),
        aiohttp.ClientError(),
        TimeoutError(),
        ConnectionResetError(),
        OSError(),
    ],
)
def test_anything_else_may_have_left_a_byte(cause: Exception) -> None:
    with pytest.raises((httpx.HTTPError, aiohttp.ClientError, OSError)) as error, map_aiohttp_exceptions():
        raise cause
    assert unsent(error.value) is None


def test_a_connection_that_failed_before_another_was_opened_says_nothing_of_that_one() -> None:
    lost = httpx.ConnectTimeout("lost")
    lost.__cause__ = aiohttp.ServerDisconnectedError()
    lost.__cause__.__context__ = aiohttp.ClientConnectorError(HOST, ConnectionRefusedError())
    assert unsent(lost) is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (caused(httpx.ConnectTimeout("x"), socket.gaierror(-2, "?")), "dns"),
        (caused(httpx.ConnectTimeout("x"), ssl.SSLError()), "tls"),
        (caused(httpx.ConnectTimeout("x"), ConnectionRefusedError()), "connect"),
        (caused(httpx.ConnectTimeout("x"), ConnectionResetError()), "broken_answer"),
        (caused(httpx.ConnectTimeout("x"), TimeoutError()), "connect_timeout"),
        (caused(httpx.ConnectTimeout("x"), None), "broken_answer"),
        (caused(httpx.TimeoutException("x"), TimeoutError()), "timeout"),
        (httpx.ReadTimeout("x"), "timeout"),
        (httpx.WriteTimeout("x"), "timeout"),
        (httpx.WriteError("x"), "write_failed"),
        (httpx.ReadError("x"), "broken_answer"),
        (httpx.RemoteProtocolError("x"), "broken_answer"),
        (httpx.DecodingError("x"), "broken_answer"),
        (httpx.PoolTimeout("x"), "pool_timeout"),
        (httpx.ConnectError("x"), "connect"),
        (TimeoutError(), "timeout"),
        (BrokenPipeError(), "broken_answer"),
    ],
)
def test_the_operating_systems_word_goes_before_the_librarys(error: Exception, reason: str) -> None:
    assert fault(error) == reason
