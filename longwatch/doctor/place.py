"""Where is what the doctor looks at? What is configured, else what a running `longwatch up` has written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from longwatch.embedded import access
from longwatch.embedded.runfile import RunFile, read_live
from longwatch.settings import Settings

API = "http://127.0.0.1:8080"
SIMULATOR = "simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One installation; a server is None where there is none to look at."""

    settings: Settings = field(repr=False)
    database_url: str | None = field(repr=False)
    broker_url: str | None = field(repr=False)
    api_url: str
    upstream_url: str
    keys: dict[str, str] = field(repr=False)
    embedded: bool
    up: bool

    @property
    def runs(self) -> bool:
        """Whether its processes should be there: they have servers of their own, or `longwatch up` runs."""
        return self.up or not self.embedded


@contextmanager
def placed(settings: Settings, *, api_url: str | None) -> Iterator[Place]:
    """Yield the installation that *settings* mean; a private database that rests is started for the block."""
    run = read_live(settings.data_dir)
    with _database(settings, run) as database_url:
        yield Place(
            settings=settings,
            database_url=database_url,
            broker_url=access.broker(settings),
            api_url=api_url or _of(run, "api") or API,
            upstream_url=_of(run, "upstream") or settings.upstream_url,
            keys=settings.keys or ({"default": SIMULATOR} if run else {}),
            embedded=settings.database_url is None,
            up=run is not None,
        )


@contextmanager
def _database(settings: Settings, run: RunFile | None) -> Iterator[str | None]:
    if settings.database_url is None and run is None and not (settings.data_dir / "postgres").exists():
        yield None
        return
    with access.database(settings, command="longwatch doctor") as url:
        yield url


def _of(run: RunFile | None, name: str) -> str | None:
    return run.urls.get(name) if run else None
