"""The least that an enqueue can be: FastAPI, one psycopg INSERT in autocommit, an id back. A limit, not a peer."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import psycopg
from fastapi import FastAPI, Request
from pydantic import BaseModel

CONNECTIONS = 10
TABLE = "CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY, body jsonb NOT NULL, at timestamptz DEFAULT now())"


class Job(BaseModel):
    """What is posted."""

    request: dict[str, Any]


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, asyncio.Queue[psycopg.AsyncConnection]]]:
    """Hold a few connections."""
    free: asyncio.Queue[psycopg.AsyncConnection] = asyncio.Queue()
    for _number in range(CONNECTIONS):
        connection = await psycopg.AsyncConnection.connect(os.environ["BARE_DATABASE_URL"], autocommit=True)
        free.put_nowait(connection)
    await connection.execute(TABLE)
    yield {"free": free}


app = FastAPI(lifespan=lifespan)


@app.post("/jobs", status_code=202)
async def post_job(job: Job, request: Request) -> dict[str, str]:
    """Keep the job."""
    job_id, free = uuid4(), request.state.free
    connection = await free.get()
    try:
        await connection.execute("INSERT INTO bare (id, body) VALUES (%s, %s)", (job_id, json.dumps(job.request)))
    finally:
        free.put_nowait(connection)
    return {"id": str(job_id)}
