"""Who asked for what, how did it end, how long did it take? One line a request; never a body, a query or a key."""

import re
import traceback

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import UnexpectedError, render
from longwatch.domain import ids
from longwatch.domain.clock import Clock
from longwatch.settings import PUSH_PATH

_LOG = structlog.get_logger()
_SAYS = 200
_SECRET_PATH = re.compile(rf"({PUSH_PATH}/)[^/]+")
_QUIET = frozenset({"/livez", "/readyz"})


class AccessLog:
    """ASGI middleware: logs each request, and turns a fault of ours into a problem that names its log line."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application, and log how it went."""
        if scope["type"] == "http":
            await self._logged(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _logged(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = self._clock.monotonic(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:  # noqa: BLE001
            fault = _log_fault(scope, error)
            # Once an answer has begun, the server breaks the connection off when nothing completes it.
            if not status:
                await render(fault, instance=scope["path"])(scope, receive, noting)
        finally:
            _log_request(scope, status=status, seconds=self._clock.monotonic() - started)


def _log_fault(scope: Scope, error: Exception) -> UnexpectedError:
    """Log where *error* came from, and the head of what it says: the rest may quote a row, and so a prompt."""
    name = str(ids.new())
    says = str(error).partition("\n")[0][:_SAYS]
    head = f"{type(error).__name__}: {says}"
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("request failed", fault=name, method=scope["method"], path=_path(scope), error=head, where=where)
    return UnexpectedError(f"A fault of ours, logged as {name}. Send the request again; if it stays, report that id.")


def _log_request(scope: Scope, *, status: int, seconds: float) -> None:
    if scope["path"] in _QUIET and status == 200:
        return
    project = scope.get("state", {}).get("project")
    milliseconds = round(seconds * 1000, 1)
    _LOG.info("request", method=scope["method"], path=_path(scope), status=status, ms=milliseconds, project=project)


def _path(scope: Scope) -> str:
    """Return the path as it was sent, escaped, so that it cannot write log lines; without the token in ours."""
    path = bytes(scope.get("raw_path") or b"").decode("ascii", "replace")
    return _SECRET_PATH.sub(r"\1***", path)
