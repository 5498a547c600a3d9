"""What can go wrong with an embedded server, each with what to do about it."""

from pathlib import Path


class EmbeddedError(Exception):
    """An embedded server cannot serve; the text says why and which setting goes without it."""


class EmbeddedUnavailableError(EmbeddedError):
    """This machine cannot run the bundled *server* at all."""

    def __init__(self, *, server: str, reason: str, setting: str) -> None:
        super().__init__(f"The bundled {server} cannot run here: {reason}. Set {setting} to use a server of your own.")


class EmbeddedStartError(EmbeddedError):
    """The *server* ended, or did not answer, while it was being started."""

    def __init__(self, *, server: str, log: str) -> None:
        super().__init__(f"The bundled {server} did not start. Its last lines:\n{log}")


class DataDirectoryHeldError(EmbeddedError):
    """Another process is using this data directory."""

    def __init__(self, *, directory: Path, holder: str) -> None:
        super().__init__(
            f"The data directory {directory} is in use by {holder}. Stop that one first, or choose another --data-dir."
        )


class PasswordLostError(EmbeddedError):
    """The cluster is there, but the only copy of its password is not."""

    def __init__(self, *, file: Path, cluster: Path) -> None:
        super().__init__(f"{file} is missing, and {cluster} cannot be opened without it. Restore it from your backup.")
