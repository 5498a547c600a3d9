"""The api on a socket: in this process, to look inside, or as the production command, to stop it by a signal."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from api.application import create_app
from api.context import Context
from tests.support.api import KEY, api_settings
from tests.support.waiting import eventually, eventually_async

_URL = re.compile(r"running on (http://\S+)")
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class LiveApi:
    """A client of a listening api, and what that keeps in memory."""

    client: httpx.AsyncClient
    context: Context

    async def watched(self) -> int:
        return self.context.hub.watched


@asynccontextmanager
async def live_api(database_url: str, **changed: Any) -> AsyncIterator[LiveApi]:
    """Yield an api that listens on loopback, run by this loop."""
    config = uvicorn.Config(create_app(api_settings(database_url, **changed)), port=0, log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await eventually_async(lambda: _started(server))
    port = server.servers[0].sockets[0].getsockname()[1]
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
        yield LiveApi(client, server.lifespan.state["context"])
    server.should_exit = True
    await serving


async def _started(server: uvicorn.Server) -> bool:
    return server.started


@dataclass(frozen=True, slots=True)
class ApiProcess:
    """`uvicorn api.app:app`, listening at `url`."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path


@contextmanager
def api_process(folder: Path, **environment: str) -> Iterator[ApiProcess]:
    """Yield the production command over a free port, with this environment and little else; killed in the end."""
    log = folder / "api.log"
    argv = [sys.executable, "-m", "uvicorn", "api.app:app", "--port", "0"]
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", **environment}
    with (
        log.open("wb") as output,
        subprocess.Popen(argv, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT) as process,
    ):
        try:
            found = eventually(lambda: _URL.search(log.read_text()), within=60)
            assert found is not None
            yield ApiProcess(process, found[1], log)
        finally:
            process.kill()
