"""What came of one POST to a receiver?"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

import aiohttp

from longwatch.domain.clock import Clock
from longwatch.webhooks.client import WebhookClient
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
    client: WebhookClient,
    clock: Clock,
    limit: timedelta = TIME_LIMIT,
) -> AttemptResult:
    """POST *delivery* once within *limit*; what the receiver or the network does is a result, never an exception."""
    started = clock.monotonic()
    try:
        result = await _exchange(delivery, client=client, clock=clock, limit=limit)
    except (aiohttp.ClientError, SecretError) as error:
        result = _silence(_words(error))
    except TimeoutError:
        result = _silence(f"no answer within {limit.total_seconds():g} s")
    except OSError as error:
        result = _silence(_words(error))
    return replace(result, duration=timedelta(seconds=clock.monotonic() - started))


async def _exchange(
    delivery: Outgoing,
    *,
    client: WebhookClient,
    clock: Clock,
    limit: timedelta,
) -> AttemptResult:
    deadline = asyncio.get_running_loop().time() + limit.total_seconds()
    async with asyncio.timeout_at(deadline):
        response = await client.post(delivery.url, body=delivery.body, headers=_headers(delivery, clock=clock))
    try:
        head = await _head(response, deadline=deadline)
    finally:
        response.close()
    return _judge(response, head=head, clock=clock)


def _headers(delivery: Outgoing, *, clock: Clock) -> dict[str, str]:
    signed = sign(
        delivery.body,
        webhook_id=delivery.webhook_id,
        sent_at=clock.now(),
        secrets=delivery.secrets,
    )
    return {
        "content-type": "application/json",
        "accept-encoding": "identity",
        "user-agent": "Longwatch-Webhooks/1",
        **signed,
    }


async def _head(response: aiohttp.ClientResponse, *, deadline: float) -> str:
    """Return the start of the answer's body; a body that stalls or breaks takes nothing from a status already given."""
    head = bytearray()
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout_at(deadline):
            await _fill(head, response)
    return bytes(head[:HEAD_BYTES]).decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


async def _fill(head: bytearray, response: aiohttp.ClientResponse) -> None:
    while len(head) < HEAD_BYTES and (chunk := await response.content.readany()):
        head += chunk


def _judge(response: aiohttp.ClientResponse, *, head: str, clock: Clock) -> AttemptResult:
    status = response.status
    if 200 <= status < 300:
        return AttemptResult(verdict=Verdict.DELIVERED, status=status, response_head=head)
    return AttemptResult(
        verdict=Verdict.GONE if status == 410 else Verdict.RETRY,
        status=status,
        error=_complaint(status),
        retry_after=read_retry_after(response.headers.get("retry-after"), now=clock.now()),
        response_head=head,
    )


def _complaint(status: int) -> str:
    if status == 410:
        return "answered 410: the receiver wants no more of this"
    if 300 <= status < 400:
        return f"answered {status}: redirects are not followed, give the final address"
    return f"answered {status}"


def _silence(error: str) -> AttemptResult:
    return AttemptResult(verdict=Verdict.RETRY, error=error)


def _words(error: Exception) -> str:
    """Return what went wrong, without the URL: it may hold a secret."""
    match error:
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return "the receiver's URL cannot be called: it must begin with http:// or https:// and name a host"
        case aiohttp.ConnectionTimeoutError():
            return "no connection in time"
    return f"{type(error).__name__}: {error}".rstrip(": ")[:ERROR_CHARACTERS]
