"""What does every request work with? Made once per process by the lifespan, handed to each route."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.door.feeds import Feeds
from api.door.passage import Passage
from api.inbox import Inbox
from api.keyring import Keyring
from api.watch import Hub
from longwatch.settings import Settings
from longwatch.store.engine import Engine
from longwatch.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Context:
    """The process's settings, its database, and what it keeps in memory."""

    settings: Settings
    engine: Engine
    vault: Vault
    keyring: Keyring
    hub: Hub
    feeds: Feeds
    passage: Passage
    inbox: Inbox

    def close_streams(self) -> None:
        """Send every reader of a stream home: the process is about to stop."""
        self.hub.close()
        self.feeds.close()


def context(request: Request) -> Context:
    """Return the process's context."""
    found = request.state.context
    assert isinstance(found, Context)
    return found


# FastAPI hands a plain function to a thread, which costs more than what it does.
async def _here(request: Request) -> Context:
    return context(request)


Here = Annotated[Context, Depends(_here)]
