"""One SDK pointed at one endpoint, with a recording wire between them."""

from pathlib import Path
from typing import Any

from tests.contract.support.endpoints import Endpoint
from tests.contract.support.sdks import SdkProcess
from tests.contract.support.wire import Exchange, Wire


class Client:
    """Makes the calls of the SDK's own client; answers are as the SDK shows them, as plain JSON."""

    def __init__(self, sdk: SdkProcess, endpoint: Endpoint, wire: Wire) -> None:
        self.process = sdk
        self.sdk = sdk.sdk
        self.endpoint = endpoint
        self.wire = wire
        self.reopened()

    @property
    def legacy(self) -> bool:
        """Whether this SDK speaks the `outputs` revision."""
        return self.sdk.revision == "legacy"

    @property
    def last(self) -> Exchange:
        """The last call and its answer."""
        return self.wire.exchanges[-1]

    def reopened(
        self, *, key: str | None = None, attempts: int | None = 1, headers: dict[str, str] | None = None
    ) -> None:
        """Make the client anew, by default with one attempt a call."""
        given = {"base_url": self.wire.url, "key": key or self.endpoint.key, "headers": headers or {}}
        self.process.call("open", attempts=attempts, **given)

    def create(self, **body: Any) -> Any:
        return self.process.call("create", **body)

    def stream(self, *, take: int | None = None, **body: Any) -> list[Any]:
        """Create with `stream`, and return the events, or the first *take* of them."""
        return self._events("stream", take, body)

    def get(self, interaction_id: str, **query: Any) -> Any:
        return self.process.call("get", id=interaction_id, **query)

    def follow(self, interaction_id: str, *, take: int | None = None, **query: Any) -> list[Any]:
        """Read the stream of an interaction, from the beginning or after `last_event_id`."""
        return self._events("follow", take, {"id": interaction_id, **query})

    def cancel(self, interaction_id: str) -> Any:
        return self.process.call("cancel", id=interaction_id)

    def delete(self, interaction_id: str) -> Any:
        return self.process.call("delete", id=interaction_id)

    def upload(self, path: Path, mime_type: str) -> Any:
        return self.process.call("upload", path=str(path), mime_type=mime_type)

    def file(self, name: str) -> Any:
        return self.process.call("file", name=name)

    def files(self) -> list[Any]:
        found: list[Any] = self.process.call("files")
        return found

    def forget_file(self, name: str) -> None:
        self.process.call("forget_file", name=name)

    def _events(self, do: str, take: int | None, given: dict[str, Any]) -> list[Any]:
        bound = {} if take is None else {"take": take}
        found: list[Any] = self.process.call(do, **given, **bound)
        return found
