"""What one `longwatch up` consists of: its settings, keys, ports and servers, resolved before anything starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from longwatch.embedded.keys import Keys, keys_of
from longwatch.embedded.postgres import EmbeddedPostgres
from longwatch.embedded.valkey import EmbeddedValkey, free_port
from longwatch.settings import Settings
from longwatch.supervisor.ports import Promises, choose_port, url_of

_API_PORT = 8080
_FLOWER_PORT = 5555
_NO_KEY = "simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line of `longwatch up` says."""

    data_dir: Path
    host: str = "127.0.0.1"
    api_port: int | None = None
    flower_port: int | None = None
    upstream: str | None = None
    workers: int = 2
    flower: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Everything decided; an embedded server or the simulator is None where the user has a real one."""

    settings: Settings
    keys: Keys
    host: str
    workers: int
    api_port: int
    flower_port: int | None
    simulator_port: int | None
    postgres: EmbeddedPostgres | None
    valkey: EmbeddedValkey | None

    @property
    def data_dir(self) -> Path:
        """Where it keeps everything."""
        return self.settings.data_dir

    @property
    def api_url(self) -> str:
        """Where producers reach it."""
        return url_of(self.host, self.api_port)

    @property
    def flower_url(self) -> str | None:
        """Where Flower is, if it runs."""
        return None if self.flower_port is None else url_of(self.host, self.flower_port)

    @property
    def upstream_url(self) -> str:
        """The Interactions API that is called."""
        return self.settings.upstream_url if self.simulator_port is None else url_of("127.0.0.1", self.simulator_port)

    @property
    def database_url(self) -> str:
        """The database of every part."""
        return self.postgres.url if self.postgres else self.settings.database_url or ""

    @property
    def broker_url(self) -> str:
        """The queue of every part."""
        return self.valkey.url if self.valkey else self.settings.broker_url or ""

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return the environment that makes the production commands parts of this installation."""
        keyed = {} if self.settings.keys else {"GEMINI_API_KEY": _NO_KEY}
        pushed = {"LONGWATCH_PUSH_TOKEN": self.keys.push_token} if self.keys.push_token else {}
        return {
            **inherited,
            **keyed,
            **pushed,
            "PYTHONUNBUFFERED": "1",
            # Some parts say that they are ready at level info.
            "LONGWATCH_LOG_LEVEL": "debug" if self.settings.log_level == "debug" else "info",
            "LONGWATCH_DATA_DIR": str(self.data_dir),
            "LONGWATCH_DATABASE_URL": self.database_url,
            "LONGWATCH_BROKER_URL": self.broker_url,
            "LONGWATCH_UPSTREAM_URL": self.upstream_url,
            "LONGWATCH_API_KEY": self.keys.api_key,
            "LONGWATCH_WEBHOOK_SECRET": self.keys.webhook_secret,
            "LONGWATCH_ENCRYPTION_KEYS": self.keys.encryption_keys,
            "FLOWER_BASIC_AUTH": f"longwatch:{self.keys.flower_password}",
        }


def resolve(options: Options, settings: Settings, *, sockets: Path, promises: Promises) -> Installation:
    """Decide ports, servers and upstream; raise PortTakenError or EmbeddedError when that cannot be."""
    changed = {"data_dir": options.data_dir} | ({"upstream_url": options.upstream} if options.upstream else {})
    real = bool(settings.keys or options.upstream or "upstream_url" in settings.model_fields_set)
    settings = settings.model_copy(update=changed)
    ports = partial(choose_port, host=options.host, promises=promises)
    return Installation(
        settings=settings,
        keys=keys_of(settings),
        host=options.host,
        workers=options.workers,
        api_port=ports(options.api_port, default=_API_PORT, option="--api-port"),
        flower_port=_flower_port(options, ports),
        simulator_port=None if real else free_port(),
        postgres=None if settings.database_url else EmbeddedPostgres(directory=settings.data_dir, sockets=sockets),
        valkey=None if settings.broker_url else EmbeddedValkey(directory=settings.data_dir, port=free_port()),
    )


def _flower_port(options: Options, ports: Callable[..., int]) -> int | None:
    if not options.flower:
        return None
    return ports(options.flower_port, default=_FLOWER_PORT, option="--flower-port")
