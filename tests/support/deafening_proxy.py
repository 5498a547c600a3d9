"""A TCP proxy before a broker that can swallow what the broker says, on some connections or on all that are open."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

_PIECE = 65536


class DeafeningProxy:
    """Carries bytes both ways; a connection once swallowed hears nothing more, and is never closed by us."""

    def __init__(self, broker_url: str) -> None:
        self._target = urlsplit(broker_url)
        self._port = 0
        self._loop = asyncio.new_event_loop()
        self._consumers_swallowed = False
        self._open: set[asyncio.StreamWriter] = set()
        self._swallowed: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where the broker is found through the proxy."""
        login, at, _ = self._target.netloc.rpartition("@")
        return urlunsplit(self._target._replace(netloc=f"{login}{at}127.0.0.1:{self._port}"))

    def swallow_consumers(self) -> None:
        """From now on, whoever waits for messages, on an old connection or a new one, hears nothing."""
        self._consumers_swallowed = True

    def swallow_open(self) -> None:
        """Every connection that is open hears nothing more; new ones do."""
        self._loop.call_soon_threadsafe(lambda: self._swallowed.update(self._open))

    def let_through(self) -> None:
        """New connections hear everything again."""
        self._consumers_swallowed = False

    @contextmanager
    def running(self) -> Iterator["DeafeningProxy"]:
        """Carry bytes, in a thread of its own, until the block ends."""
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._carry, "127.0.0.1", 0), self._loop
        ).result()
        self._port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._end(server), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        carrying = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self._open.add(client)
        host, port = self._target.hostname, self._target.port
        with suppress(OSError):
            answers, broker = await asyncio.open_connection(host, port)
            back = asyncio.create_task(self._answer(answers, client))
            await self._ask(reader, broker, client)
            broker.close()
            await back
        self._swallowed.discard(client)
        self._open.discard(client)
        client.close()

    async def _ask(
        self, reader: asyncio.StreamReader, broker: asyncio.StreamWriter, client: asyncio.StreamWriter
    ) -> None:
        while piece := await reader.read(_PIECE):
            if self._consumers_swallowed and b"BRPOP" in piece:
                self._swallowed.add(client)
            broker.write(piece)
            await broker.drain()

    async def _answer(self, answers: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await answers.read(_PIECE):
                if client not in self._swallowed:
                    client.write(piece)
                    await client.drain()
