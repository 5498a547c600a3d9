"""How do we call the Interactions API? Each call is one request and one outcome, never an exception."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final, Self
from urllib.parse import quote

import httpx

from longwatch.off_loop import off_loop
from longwatch.upstream.classify import Create503, cancel_rejected, create_rejected, delete_rejected, read_rejected
from longwatch.upstream.document import parse, text_of
from longwatch.upstream.faults import fault, unsent
from longwatch.upstream.http import (
    TRANSPORT_ERRORS,
    Answer,
    Connections,
    Timeouts,
    TooLargeError,
    trust,
)
from longwatch.upstream.outcomes import (
    Accepted,
    CancelOutcome,
    CancelRefused,
    CancelTaken,
    CreateOutcome,
    Deleted,
    DeleteOutcome,
    Ended,
    Gone,
    KeyProblem,
    Missing,
    NotSent,
    ReadOutcome,
    Refused,
    Running,
    Strange,
    Trouble,
    Unknown,
)
from longwatch.upstream.reader import ENDED, RUNNING, Peek, one_line, peek, readable_id
from longwatch.upstream.rejection import Rejection, read_rejection


class InteractionsClient:
    """The Interactions API at one base URL: made on the event loop that uses it, closed by `aclose`."""

    def __init__(
        self,
        base_url: str,
        *,
        now: Callable[[], datetime],
        timeouts: Timeouts | None = None,
        prefix: str = "v1beta",
        connections: int = 100,
        create_503: Create503 = "refused",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if httpx.URL(base_url).scheme not in {"http", "https"} or not httpx.URL(base_url).host:
            raise ValueError("the upstream's URL must begin with http:// or https:// and name a host")
        self._base = f"{base_url.rstrip('/')}/{prefix}"
        self._root = f"{self._base}/interactions"
        self._now = now
        self._timeouts = timeouts or Timeouts()
        self._create_503: Create503 = create_503
        self._tls = tls or trust()
        self._kept = Connections(tls=self._tls, timeouts=self._timeouts, most=connections, kept=True)
        self._once = Connections(tls=self._tls, timeouts=self._timeouts, kept=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; open calls must have ended."""
        await self._kept.aclose()
        await self._once.aclose()

    async def create(self, body: bytes, key: str) -> CreateOutcome:
        """Send *body* once, on a connection of its own; whoever cancels this after the first byte makes an unknown."""
        if not _sendable(key):
            return Refused(kind="lane", reason="key_invalid", status=None, code="", message=_UNSENDABLE)
        answer = await self._send_once(body, key)
        if not isinstance(answer, Answer):
            return answer
        if answer.status // 100 == 2:
            return _accepted(answer, await _peek(answer))
        return create_rejected(self._read_rejection(answer), create_503=self._create_503)

    async def get(self, interaction_id: str, key: str) -> ReadOutcome:
        """Read the interaction once."""
        if readable_id(interaction_id) is None:
            return Missing(status=404, code="not_found", message=_NO_SUCH_ID)
        answer = await self._ask("GET", self._url(interaction_id), key=key, seconds=self._timeouts.get.total_seconds())
        if not isinstance(answer, Answer):
            return answer
        if answer.status // 100 == 2:
            return _read(answer, await _peek(answer))
        return read_rejected(self._read_rejection(answer))

    async def cancel(self, interaction_id: str, key: str) -> CancelOutcome:
        """Ask the upstream to stop the run; read it afterwards to see whether it did."""
        if readable_id(interaction_id) is None:
            return CancelRefused(status=404, code="not_found", message=_NO_SUCH_ID)
        url = f"{self._url(interaction_id)}/cancel"
        answer = await self._ask("POST", url, key=key, seconds=self._timeouts.cancel.total_seconds())
        if not isinstance(answer, Answer):
            return answer
        if answer.status // 100 == 2:
            return CancelTaken(upstream_status=(await _peek(answer)).status)
        return cancel_rejected(self._read_rejection(answer))

    async def delete(self, interaction_id: str, key: str) -> DeleteOutcome:
        """Ask the upstream to forget an ended interaction; it does not stop a running one."""
        if readable_id(interaction_id) is None:
            return Gone()
        url = self._url(interaction_id)
        answer = await self._ask("DELETE", url, key=key, seconds=self._timeouts.cancel.total_seconds())
        if not isinstance(answer, Answer):
            return answer
        return Deleted() if answer.status // 100 == 2 else delete_rejected(self._read_rejection(answer))

    async def file_state(self, name: str, key: str) -> str | None:
        """Return the state of the file *name* (`files/…`): PROCESSING, ACTIVE or FAILED; None if nobody tells."""
        url = f"{self._base}/{name}"
        answer = await self._ask("GET", url, key=key, seconds=self._timeouts.get.total_seconds())
        if not isinstance(answer, Answer) or answer.status != 200:
            return None
        return text_of((parse(answer.raw) or {}).get("state"))

    async def _send_once(self, body: bytes, key: str) -> Answer | NotSent | Unknown:
        """Return the one answer, or why there is none."""
        headers = {"x-goog-api-key": key, "content-type": "application/json"}
        try:
            async with asyncio.timeout(self._timeouts.create.total_seconds()):
                return await self._once.call("POST", self._root, headers=headers, body=body)
        except TooLargeError:
            return Unknown(reason="too_large")
        except TRANSPORT_ERRORS as error:
            return _create_broke(error)

    def _url(self, interaction_id: str) -> str:
        return f"{self._root}/{quote(interaction_id, safe='')}"

    async def _ask(self, method: str, url: str, *, key: str, seconds: float) -> Answer | KeyProblem | Trouble:
        """Make one repeatable call on a kept connection."""
        if not _sendable(key):
            return KeyProblem(reason="key_invalid", status=None, code="", message=_UNSENDABLE)
        try:
            async with asyncio.timeout(seconds):
                return await self._kept.call(method, url, headers={"x-goog-api-key": key})
        except TooLargeError:
            return Trouble(reason="too_large")
        except TRANSPORT_ERRORS as error:
            return Trouble(reason=fault(error), message=_words(error))

    def _read_rejection(self, answer: Answer) -> Rejection:
        return read_rejection(answer.status, answer.raw, header=answer.retry_after, now=self._now())


_NO_SUCH_ID: Final = "the upstream gives no such ids"
_UNSENDABLE: Final = "the key is empty or holds characters that no HTTP header can carry"


def _sendable(key: str) -> bool:
    return key.isascii() and key.isprintable() and key.strip() == key != ""


async def _peek(answer: Answer) -> Peek:
    return await off_loop(partial(peek, answer.raw), size=len(answer.raw))


def _create_broke(error: Exception) -> NotSent | Unknown:
    detail = _words(error)
    if reason := unsent(error):
        return NotSent(reason=reason, detail=detail)
    return Unknown(reason="timeout" if fault(error) == "timeout" else "broken_answer", detail=detail)


def _words(error: Exception) -> str:
    return one_line(str(error)) or type(error).__name__


def _accepted(answer: Answer, seen: Peek) -> Accepted | Unknown:
    if seen.id is None:
        return Unknown(reason="no_id", status=answer.status)
    return Accepted(
        upstream_id=seen.id,
        upstream_status=seen.status,
        raw=answer.raw,
        content_type=answer.content_type,
    )


def _read(answer: Answer, seen: Peek) -> Running | Ended | Strange:
    if seen.status in RUNNING:
        return Running(upstream_status=seen.status, progress=seen.progress, usage=seen.usage, labels=seen.labels)
    if ended := ENDED.get(seen.status or ""):
        return Ended(
            upstream_status=ended,
            ended_at=seen.updated,
            raw=answer.raw,
            content_type=answer.content_type,
            labels=seen.labels,
        )
    return Strange(
        reason="unknown_status" if seen.status else "unreadable",
        upstream_status=seen.status,
        raw=answer.raw,
        content_type=answer.content_type,
    )
