"""The api in process: its lifespan run, its routes spoken to over httpx, without a socket."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from api.application import create_app
from api.context import Context
from longwatch.domain import ids
from longwatch.domain.actions import Asked, plan_asked
from longwatch.domain.states import Status
from longwatch.settings import Settings
from longwatch.store import endings, keys
from longwatch.store.endings import Derivation, Ending
from longwatch.store.engine import Engine
from tests.support import store

KEY = "a-key-for-tests"
FERNET = "qRjXxn0nTYGVi0dUqyBBtPbmzY7KxPwXbPpQ2aqQPgk="
PROMPT = "Research the history of the Google TPUs with a focus on 2025 and 2026."
AGENT = "deep-research-preview-04-2026"
REQUEST = {"agent": AGENT, "input": PROMPT}


def api_settings(database_url: str, **changed: Any) -> Settings:
    """Return settings of an api on *database_url*, nothing read from the environment."""
    plain = {"database_url": database_url, "api_key": KEY, "encryption_keys": FERNET, "webhook_allow": "127.0.0.0/8"}
    return Settings(**{**plain, **changed})


@dataclass(frozen=True, slots=True)
class Api:
    """A running api, a client that holds its first key, and what it keeps in memory."""

    app: FastAPI
    client: httpx.AsyncClient
    context: Context

    async def post(self, request: Mapping[str, Any] = REQUEST, **fields: Any) -> dict[str, Any]:
        """Post a job that is accepted, and return it."""
        response = await self.client.post("/v1/jobs", json={"request": dict(request), **fields})
        assert response.status_code == 202, response.text
        job: dict[str, Any] = response.json()
        return job

    async def read(self, path: str, **query: Any) -> Any:
        """Return the JSON at *path*, which is there."""
        response = await self.client.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()


@asynccontextmanager
async def api_over(database_url: str, **changed: Any) -> AsyncIterator[Api]:
    """Yield an api on *database_url*; *changed* settings override."""
    app = create_app(api_settings(database_url, **changed))
    async with app.router.lifespan_context(app) as state:
        assert state is not None

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        transport = httpx.ASGITransport(with_state, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
            yield Api(app, client, state["context"])


async def another_key(engine: Engine, *, project: str, key: str) -> dict[str, str]:
    """Make *key* valid for *project* and return the header that carries it."""
    async with engine.begin() as tx:
        await keys.ensure(tx, key, project=project, name=project)
    return {"Authorization": f"Bearer {key}"}


def job_uuid(job: Mapping[str, Any]) -> Any:
    """Return the id of a shown job as the store has it."""
    return ids.decode(ids.JOB, job["id"])


async def an_ended_job(
    engine: Engine, *, derivation: Derivation, raw: bytes = b"{}", status: Status = Status.COMPLETED
) -> str:
    """Take a job through its life to *status* with this result, and return its outward id."""
    running = await store.a_running_interaction(engine)
    row = await store.claim_interaction(engine, running.interaction_id)
    async with engine.begin() as tx:
        await endings.keep(tx, row.held, raw=raw, content_type="application/json; charset=UTF-8", readable=True)
        await endings.derived(tx, running.interaction_id, derivation)
        ending = Ending(status=status, upstream_status=status.value, usage=derivation.usage)
        assert await endings.end(tx, row.held, running.job_id, ending)
    return ids.encode(ids.JOB, running.job_id)


async def an_asking_job(engine: Engine, *, asked: Asked | None = None) -> str:
    """Take a job to where it waits for an answer to *asked* (else: a plan), and return its outward id."""
    running = await store.a_running_interaction(engine)
    row = await store.claim_interaction(engine, running.interaction_id)
    async with engine.begin() as tx:
        question = asked or plan_asked("First the moon, then the tides.")
        assert await endings.ask_action(tx, row.held, running.job_id, asked=question)
    return ids.encode(ids.JOB, running.job_id)
