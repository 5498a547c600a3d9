"""Is each exception of a transport told by what happened, and taken for unsent only when it surely is?"""

import socket
import ssl

import httpx
import pytest

from longwatch.upstream.faults import fault, unsent


def caused(error: Exception, cause: Exception | None) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (caused(httpx.ConnectError("x"), socket.gaierror(-2, "Name or service not known")), "dns"),
        (caused(httpx.ConnectError("x"), ssl.SSLCertVerificationError("bad")), "tls"),
        (caused(httpx.ConnectError("x"), ConnectionRefusedError()), "connect"),
        (caused(httpx.ConnectError("x"), OSError("no route to host")), "connect"),
        (httpx.ConnectTimeout("x"), "connect_timeout"),
        (httpx.PoolTimeout("x"), "pool_timeout"),
        (httpx.UnsupportedProtocol("x"), "connect"),
    ],
)
def test_what_surely_left_no_byte(error: Exception, reason: str) -> None:
    assert unsent(error) == reason


@pytest.mark.parametrize(
    "error",
    [
        httpx.WriteError("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.LocalProtocolError("x"),
        httpx.CloseError("x"),
        httpx.DecodingError("x"),
        httpx.TooManyRedirects("x"),
        TimeoutError(),
        ConnectionResetError(),
        OSError(),
    ],
)
def test_anything_else_may_have_left_a_byte(error: Exception) -> None:
    assert unsent(error) is None


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
