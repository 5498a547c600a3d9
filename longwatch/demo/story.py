"""What does the demo do once everything runs? What a producer does: enqueue, watch, receive, read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from longwatch.demo.calls import Calls, calling
from longwatch.demo.failure import DemoError
from longwatch.demo.receiver import Received, Receiver, receiving
from longwatch.demo.screen import News, Screen
from longwatch.demo.sse import Event
from longwatch.demo.steps import Steps
from longwatch.demo.wording import one_line
from longwatch.domain.events import ENDINGS
from longwatch.supervisor.installation import Installation

PROMPT = "Research the history of the Google TPUs with a focus on 2025 and 2026."
REQUEST = {"agent": "deep-research-preview-04-2026", "input": PROMPT, "background": True}
_SIMULATED_SECONDS = 120.0
_WEBHOOK_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of the job."""

    job: dict[str, Any]
    result: dict[str, Any]
    raw_bytes: int
    webhook: Received


async def tell(installation: Installation, steps: Steps) -> Told:
    """Run one research job on *installation*; raise DemoError if it does not end well."""
    secret = installation.keys.webhook_secret.split()[0]
    async with calling(installation.api_url, key=installation.keys.api_key.split()[0]) as calls:
        with receiving(secret) as receiver:
            return await _run(calls, receiver, installation, steps)


async def _run(calls: Calls, receiver: Receiver, installation: Installation, steps: Steps) -> Told:
    with steps.step("enqueue the job", done="job enqueued"):
        job_id = await calls.create(REQUEST, webhook_url=receiver.url)
    steps.screen.say(f"{installation.api_url}/v1/jobs/{job_id}")
    steps.screen.say(f"Flower: {installation.flower_url}  login longwatch / {installation.keys.flower_password}")
    with steps.step("research", done="researched"):
        await _researched(calls, job_id, steps.screen, simulated=installation.simulator_port is not None)
    with steps.step("wait for the webhook", done="webhook received, signature verified"):
        webhook = await _received(receiver)
    return Told(
        job=await calls.job(job_id),
        result=await calls.result(job_id),
        raw_bytes=len(await calls.raw(job_id)),
        webhook=webhook,
    )


async def _researched(calls: Calls, job_id: str, screen: Screen, *, simulated: bool) -> None:
    try:
        async with asyncio.timeout(_SIMULATED_SECONDS if simulated else None):
            await calls.follow(job_id, seen=_telling(screen))
    except TimeoutError as late:
        raise DemoError(f"The job did not end within {_SIMULATED_SECONDS:g} s.", part="worker") from late
    job = await calls.job(job_id)
    if job["status"] != "completed":
        raise DemoError(f"The job ended {job['status']}: {job['error']}", part="worker")


def _telling(screen: Screen) -> Callable[[Event], None]:
    """Return what shows each event as news; a thought stays until the next."""
    news = News()

    def tell_event(event: Event) -> None:
        nonlocal news
        thought = event.data.get("text")
        news = News(str(event.data.get("status") or news.status), one_line(thought) if thought else news.thought)
        screen.news(news)

    return tell_event


async def _received(receiver: Receiver) -> Received:
    endings = {ending.value for ending in ENDINGS.values()}
    try:
        async with asyncio.timeout(_WEBHOOK_SECONDS):
            received = await receiver.next()
            while received.verified and received.event["type"] not in endings:
                received = await receiver.next()
    except TimeoutError as late:
        raise DemoError(f"No webhook came within {_WEBHOOK_SECONDS:g} s.", part="worker") from late
    if not received.verified:
        raise DemoError("A webhook came whose signature does not verify.", part="worker")
    return received
