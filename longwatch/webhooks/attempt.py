"""What came of one POST to a receiver?"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

import httpx

from longwatch.domain.clock import Clock
from longwatch.webhooks.retry_after import read_retry_after
from longwatch.webhooks.signing import SecretError, sign

TIME_LIMIT = timedelta(seconds=20)
HEAD_BYTES = 2048
ERROR_CHARACTERS = 300


class Verdict(StrEnum):
    """What an attempt means for its delivery."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One event on its way to one receiver; `webhook_id` stays the same over all attempts."""

    url: str
    webhook_id: str
    body: bytes = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """What the receiver said, or why it said nothing; `response_head` is at most 2048 characters, without NUL."""

    verdict: Verdict
    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None
    response_head: str = ""
    duration: timedelta = timedelta()


async def attempt(
    delivery: Outgoing,
    *,
    client: httpx.AsyncClient,
    clock: Clock,
    limit: timedelta = TIME_LIMIT,
) -> AttemptResult:
    """POST *delivery* once within *limit*; what the receiver or the network does is a result, never an exception."""
    started = clock.monotonic()
    try:
        result = await _exchange(delivery, client=client, clock=clock, limit=limit)
    except TimeoutError:
        result = _silence(f"no answer within {limit.total_seconds():g} s")
    except (httpx.HTTPError, httpx.InvalidURL, SecretError) as error:
        result = _silence(_words(error))
    return replace(result, duration=timedelta(seconds=clock.monotonic() - started))


async def _exchange(
    delivery: Outgoing,
    *,
    client: httpx.AsyncClient,
    clock: Clock,
    limit: timedelta,
) -> AttemptResult:
    deadline = asyncio.get_running_loop().time() + limit.total_seconds()
    async with asyncio.timeout_at(deadline):
        response = await client.send(_request(delivery, client=client, clock=clock), stream=True)
    try:
        head = await _head(response, deadline=deadline)
    finally:
        await response.aclose()
    return _judge(response, head=head, clock=clock)


def _request(delivery: Outgoing, *, client: httpx.AsyncClient, clock: Clock) -> httpx.Request:
    signed = sign(
        delivery.body,
        webhook_id=delivery.webhook_id,
        sent_at=clock.now(),
        secrets=delivery.secrets,
    )
    headers = {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "user-agent": "Longwatch-Webhooks/1",
        **signed,
    }
    return client.build_request("POST", delivery.url, content=delivery.body, headers=headers)


async def _head(response: httpx.Response, *, deadline: float) -> str:
    """Return the start of the answer's body; a body that stalls or breaks takes nothing from a status already given."""
    head = bytearray()
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout_at(deadline):
            await _fill(head, response)
    return bytes(head[:HEAD_BYTES]).decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


async def _fill(head: bytearray, response: httpx.Response) -> None:
    async for chunk in response.aiter_raw():
        head += chunk
        if len(head) >= HEAD_BYTES:
            return


def _judge(response: httpx.Response, *, head: str, clock: Clock) -> AttemptResult:
    status = response.status_code
    if response.is_success:
        return AttemptResult(verdict=Verdict.DELIVERED, status=status, response_head=head)
    return AttemptResult(
        verdict=Verdict.GONE if status == 410 else Verdict.RETRY,
        status=status,
        error=_complaint(response),
        retry_after=read_retry_after(response.headers.get("retry-after"), now=clock.now()),
        response_head=head,
    )


def _complaint(response: httpx.Response) -> str:
    if response.status_code == 410:
        return "answered 410: the receiver wants no more of this"
    if 300 <= response.status_code < 400:
        return f"answered {response.status_code}: redirects are not followed, give the final address"
    return f"answered {response.status_code}"


def _silence(error: str) -> AttemptResult:
    return AttemptResult(verdict=Verdict.RETRY, error=error)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")[:ERROR_CHARACTERS]
