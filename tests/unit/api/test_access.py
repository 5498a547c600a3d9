"""Does each request leave one line that tells enough, and nothing that must not be told?"""

from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs
from structlog.typing import EventDict

from api.access import AccessLog
from longwatch.domain.clock import Clock

pytestmark = pytest.mark.anyio

PROMPT = "confidential"
START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}


async def asked(application: ASGIApp, path: str) -> tuple[httpx.Response | None, list[EventDict]]:
    """Return the answer to a request through the log, None if it broke off, and the lines that it left."""
    transport = httpx.ASGITransport(AccessLog(application, Clock()))
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        with capture_logs() as lines:
            try:
                response = await client.get(path, headers={"Authorization": "Bearer secret"})
            except AssertionError:
                return None, lines
    return response, lines


async def well(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": b"well"})


async def faulty(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise LookupError(f"the head\n{PROMPT}")


async def broken(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(START)
    raise LookupError("amid the answer")


async def test_a_request_leaves_method_path_status_and_duration() -> None:
    _, [line] = await asked(well, "/v1/jobs?prompt=confidential")
    assert line["ms"] >= 0
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "GET", "/v1/jobs", 200)
    assert "confidential" not in str(line)
    assert "secret" not in str(line)


async def test_a_path_cannot_write_lines_of_its_own() -> None:
    _, [line] = await asked(well, "/v1/jobs%0aevent=forged%1b[31m")
    assert line["path"] == "/v1/jobs%0aevent=forged%1b[31m"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_probes_that_are_well_leave_nothing(path: str) -> None:
    assert (await asked(well, path))[1] == []


async def test_a_fault_is_a_problem_that_names_its_line() -> None:
    response, [fault, line] = await asked(faulty, "/v1/jobs")
    assert response is not None
    assert (response.status_code, line["status"]) == (500, 500)
    assert fault["fault"] in response.json()["detail"]
    assert fault["error"] == "LookupError: the head"
    assert "test_access.py" in fault["where"]
    assert PROMPT not in f"{fault}{response.text}"


async def test_a_fault_amid_an_answer_breaks_it_off_and_is_logged() -> None:
    response, lines = await asked(broken, "/v1/jobs")
    assert response is None
    assert [line["event"] for line in lines] == ["request failed", "request"]
