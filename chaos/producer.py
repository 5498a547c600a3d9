"""Who asks for work? A producer that posts until it is told 202, and writes down what it was told."""

import asyncio
import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import httpx

from chaos.house import UPSTREAM_KEYS
from chaos.pace import Pace
from longwatch.domain.events import WEBHOOKS

_AGAIN_SECONDS = 0.5
_POLICIES = ("hold", "hold", "resubmit", "resubmit", "fail")
_STREAMED, _CANCELLED = 0.1, 0.07
_LAST_POST = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One job that the producer wants: when (seconds from the start), how, and when it changes its mind, if ever."""

    number: int
    at: float
    policy: str
    streamed: bool
    cancel_after: float | None


def wishes(seed: int, *, jobs: int, seconds: float) -> list[Wish]:
    """Return what the producer of this seed wants."""
    rng = random.Random(f"{seed}:producer")  # noqa: S311 - a seed repeats a run
    return [_wish(number, seconds * _LAST_POST, rng) for number in range(jobs)]


def _wish(number: int, seconds: float, rng: random.Random) -> Wish:
    return Wish(
        number=number,
        at=rng.random() * seconds,
        policy=rng.choice(_POLICIES),
        streamed=rng.random() < _STREAMED,
        cancel_after=rng.random() * 10 if rng.random() < _CANCELLED else None,
    )


class Producer:
    """Posts each wish under its own idempotency key, by one api or another.

    `accepted` are the ids of the jobs that were answered with 202.
    """

    def __init__(self, doors: Sequence[httpx.AsyncClient], pace: Pace, *, receiver_url: str) -> None:
        self._doors = cycle(doors)
        self._pace = pace
        self._receiver_url = receiver_url
        self.accepted: list[str] = []
        self.answers: Counter[str] = Counter()

    async def post(self, wanted: list[Wish]) -> None:
        """Post all wishes, each in its time; return when every one was accepted and every cancel heard."""
        async with asyncio.TaskGroup() as group:
            for wish in wanted:
                group.create_task(self._grant(wish))

    async def _grant(self, wish: Wish) -> None:
        await self._pace.reach(wish.at)
        job_id = await self._accepted(wish)
        self.accepted.append(job_id)
        if wish.cancel_after is not None:
            await asyncio.sleep(wish.cancel_after)
            await self._cancel(job_id)

    async def _accepted(self, wish: Wish) -> str:
        body = {
            "request": {"agent": "deep-research-preview-04-2026", "input": f"The tides of bay {wish.number}"},
            "webhook_url": f"{self._receiver_url}/hook",
            "webhook_events": sorted(WEBHOOKS),
            "on_unknown_submit": wish.policy,
            "upstream_key": UPSTREAM_KEYS[wish.number % len(UPSTREAM_KEYS)],
            "watch": "stream" if wish.streamed else "poll",
        }
        headers = {"Idempotency-Key": f"wish-{wish.number}"}
        answer = await self._told("/v1/jobs", {httpx.codes.ACCEPTED}, json=body, headers=headers)
        return str(answer.json()["id"])

    async def _cancel(self, job_id: str) -> None:
        await self._told(f"/v1/jobs/{job_id}/cancel", {httpx.codes.ACCEPTED, httpx.codes.CONFLICT})

    async def _told(self, path: str, wanted: Collection[int], **options: Any) -> httpx.Response:
        """Post until one of the *wanted* statuses comes back."""
        while True:
            answer = await self._try(path, **options)
            if answer is not None and answer.status_code in wanted:
                return answer
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _try(self, path: str, **options: Any) -> httpx.Response | None:
        try:
            answer = await next(self._doors).post(path, **options)
        except httpx.HTTPError as error:
            self.answers[type(error).__name__] += 1
            return None
        self.answers[str(answer.status_code)] += 1
        return answer
