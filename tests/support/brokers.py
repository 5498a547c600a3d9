"""A broker of a test's own, that can be taken away and given back."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from longwatch.embedded.running import running
from longwatch.embedded.valkey import EmbeddedValkey, free_port


@dataclass(frozen=True, slots=True)
class Broker:
    """A Valkey in *folder*, on one port whenever it runs."""

    folder: Path
    port: int = field(default_factory=free_port)
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        """Where it is when it runs."""
        return EmbeddedValkey(directory=self.folder, port=self.port).url

    def start(self) -> None:
        """Start it; return once it answers."""
        valkey = EmbeddedValkey(directory=self.folder, port=self.port)
        self.stack.enter_context(running(valkey, log=self.folder / "valkey.log"))

    def stop(self) -> None:
        """Stop it."""
        self.stack.close()


@contextmanager
def a_broker(folder: Path) -> Iterator[Broker]:
    """Yield a broker that runs; it is stopped at the end."""
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
