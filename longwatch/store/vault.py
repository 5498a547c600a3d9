"""How is kept what is secret, or may quote a secret? Sealed with the installation's first key; any of them opens."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """The secrets cannot be sealed or opened with the keys at hand."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes as they are stored: *sealed* ones are for the vault to open."""

    data: bytes = field(repr=False)
    sealed: bool = False


class Vault:
    """Seals and opens with LONGWATCH_ENCRYPTION_KEYS; without any it can do neither."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._first = _fernet(keys[0]) if keys else None
        self._fernet = MultiFernet([_fernet(key) for key in keys]) if keys else None

    @property
    def usable(self) -> bool:
        """Return whether there is a key to seal with."""
        return self._fernet is not None

    def seal(self, secrets: Mapping[str, str]) -> bytes:
        """Return *secrets* encrypted; raise VaultError without a key."""
        return self.seal_bytes(json.dumps(dict(secrets)).encode())

    def open(self, sealed: bytes) -> dict[str, str]:
        """Return what `seal` was given; raise VaultError if no key fits."""
        return {str(name): str(value) for name, value in json.loads(self.open_bytes(sealed)).items()}

    def seal_bytes(self, plain: bytes) -> bytes:
        """Return *plain* encrypted with the first key; raise VaultError without a key."""
        return self._opener().encrypt(plain)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Return what `seal_bytes` was given; raise VaultError if no key fits."""
        try:
            return self._opener().decrypt(sealed)
        except InvalidToken as error:
            raise VaultError("No key in LONGWATCH_ENCRYPTION_KEYS opens this: add the key that sealed it.") from error

    def read(self, kept: Kept) -> bytes:
        """Return stored bytes as they were received; raise VaultError if no key fits."""
        return self.open_bytes(kept.data) if kept.sealed else kept.data

    def newest(self, sealed: bytes) -> bool:
        """Return whether the first key has sealed it."""
        try:
            return self._first is not None and bool(self._first.decrypt(sealed) or True)
        except InvalidToken:
            return False

    def _opener(self) -> MultiFernet:
        if self._fernet is None:
            raise VaultError("There is no encryption key: set LONGWATCH_ENCRYPTION_KEYS.")
        return self._fernet


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError as error:
        raise VaultError(
            "LONGWATCH_ENCRYPTION_KEYS holds something that is no Fernet key. Make one with: "
            "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
        ) from error
