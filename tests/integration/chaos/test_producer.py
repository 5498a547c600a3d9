"""Does the kit's producer post until it is told 202, by either api, under one key, and insist on its cancels?"""

import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chaos.database import Database
from chaos.pace import Pace
from chaos.producer import Producer, Wish

pytestmark = pytest.mark.anyio


class Api:
    """An api that refuses each key's first post, and the first cancel."""

    def __init__(self) -> None:
        self.posts: Counter[str] = Counter()
        self.cancels: Counter[str] = Counter()
        routes = [
            Route("/v1/jobs", self.post, methods=["POST"]),
            Route("/v1/jobs/{job}/cancel", self.cancel, methods=["POST"]),
        ]
        self.transport = httpx.ASGITransport(Starlette(routes=routes))

    async def post(self, request: Request) -> Response:
        key = request.headers["idempotency-key"]
        self.posts[key] += 1
        return JSONResponse({"id": f"job of {key}"}, 503 if self.posts[key] == 1 else 202)

    async def cancel(self, request: Request) -> Response:
        job = request.path_params["job"]
        self.cancels[job] += 1
        return JSONResponse({}, 503 if self.cancels[job] == 1 else 409)


class Away(httpx.AsyncBaseTransport):
    """An api that nobody reaches."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens", request=request)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
async def producer(api: Api) -> AsyncIterator[Producer]:
    """A producer for whom all time has passed, with an api that works and one that does not."""
    pace = Pace(Database(""))
    pace.elapsed = math.inf
    async with AsyncExitStack() as stack:
        clients = [httpx.AsyncClient(transport=door, base_url="http://api") for door in (api.transport, Away())]
        doors = [await stack.enter_async_context(client) for client in clients]
        yield Producer(doors, pace, receiver_url="http://receiver")


def wish(number: int, *, cancel_after: float | None = None) -> Wish:
    return Wish(number=number, at=0, policy="hold", streamed=False, cancel_after=cancel_after)


async def test_a_post_is_repeated_under_its_key_until_it_is_accepted(producer: Producer, api: Api) -> None:
    await producer.post([wish(1), wish(2)])
    assert sorted(producer.accepted) == ["job of wish-1", "job of wish-2"]
    assert api.posts == {"wish-1": 2, "wish-2": 2}
    assert producer.answers["ConnectError"] >= 1
    assert producer.answers["503"] == 2


async def test_a_cancel_is_repeated_until_it_is_heard_or_too_late(producer: Producer, api: Api) -> None:
    await producer.post([wish(1, cancel_after=0)])
    assert api.cancels == {"job of wish-1": 2}
